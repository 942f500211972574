package term

import "testing"

func TestShortenedNamesStayDistinct(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{
		{"cells_distances_attention-unet_lr_1e-3__0", "cells_distances_upsample-unet_lr_1e-3__0", "cells_distances_upsample-unet_lr_1e-3__1"},
		{"a_very_long_name_of_a_run_with_x_in_its_middle_and_1_behind_it_all", "a_very_long_name_of_a_run_with_y_in_its_middle_and_1_behind_it_all", "a_very_long_name_of_a_run_with_y_in_its_middle_and_2_behind_it_all"},
		{"short", "short"},
	} {
		for _, columns := range []int{minShrunk, 24, 30} {
			short := shorten(names, columns)
			for i := range names {
				if Columns(short[i]) > columns {
					t.Errorf("%q has more than %d columns", short[i], columns)
				}
				for j := range i {
					if names[i] != names[j] && short[i] == short[j] {
						t.Errorf("at %d columns %q and %q become %q", columns, names[i], names[j], short[i])
					}
				}
			}
		}
	}
}

func TestColumnsOfText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "abc": 3, "läuft": 5, "la\u0308uft": 5, "細胞": 4, "…": 1} {
		if got := Columns(text); got != want {
			t.Errorf("%q takes %d columns", text, got)
		}
	}
	for _, c := range []struct {
		text    string
		columns int
		end     string
		middle  string
	}{
		{"cells-unet-16", 13, "cells-unet-16", "cells-unet-16"},
		{"cells-unet-16", 8, "cells-u…", "cel…t-16"},
		{"細胞細胞細胞", 6, "細胞…", "細…胞"},
		{"ab", 1, "…", "…"},
	} {
		if got := CutEnd(c.text, c.columns); got != c.end {
			t.Errorf("%q in %d columns is %q", c.text, c.columns, got)
		}
		if got := CutMiddle(c.text, c.columns); got != c.middle {
			t.Errorf("%q in %d columns is %q", c.text, c.columns, got)
		}
	}
}
