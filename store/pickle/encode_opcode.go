package pickle

const (
	encProto           = 0x80
	encFrame           = 0x95
	encStop            = '.'
	encMark            = '('
	encEmptyList       = ']'
	encEmptyDict       = '}'
	encAppend          = 'a'
	encAppends         = 'e'
	encSetItem         = 's'
	encSetItems        = 'u'
	encMemoize         = 0x94
	encBinGet          = 'h'
	encLongBinGet      = 'j'
	encNone            = 'N'
	encBinInt          = 'J'
	encBinInt1         = 'K'
	encBinInt2         = 'M'
	encLong1           = 0x8a
	encBinFloat        = 'G'
	encShortBinUnicode = 0x8c
	encBinUnicode      = 'X'
)
