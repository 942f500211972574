package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestIntervalOfABackup(t *testing.T) {
	t.Parallel()
	const store = "s3://bucket/x?region=r"
	for given, want := range map[string]struct {
		location string
		interval time.Duration
		err      string
	}{
		"/mnt/a":                                   {"/mnt/a", 0, ""},
		"file:///mnt/a":                            {"/mnt/a", 0, ""},
		"file:///mnt/a?interval=5m":                {"/mnt/a", 5 * time.Minute, ""},
		"{url: /mnt/a, interval: 1h}":              {"/mnt/a", time.Hour, ""},
		"{url: /mnt/a}":                            {"/mnt/a", 0, ""},
		"/mnt/what?":                               {"/mnt/what?", 0, ""},
		store:                                      {store, time.Minute, ""},
		store + "&interval=0":                      {store, 0, ""},
		"s3://bucket/x?interval=1d&region=r":       {store, 24 * time.Hour, ""},
		"s3://bucket?interval=10s":                 {"s3://bucket", 10 * time.Second, ""},
		"{url: '" + store + "', interval: 0}":      {store, 0, ""},
		"{url: '" + store + "'}":                   {store, time.Minute, ""},
		"{interval: 90s, url: '" + store + "'}":    {store, 90 * time.Second, ""},
		"/mnt/a?interval=5m":                       {err: "[1:11] an interval is part of a URL"},
		"file:///mnt/a?intervall=5m":               {err: "a file URL has only the key interval"},
		"file:///mnt/a#b":                          {err: "a file URL has only the key interval"},
		store + "&intervall=5m":                    {err: `unknown key "intervall"; use endpoint, region, path_style or interval`},
		store + "&interval=-5m":                    {err: "[1:11] the interval of a backup: -5m0s is negative"},
		store + "&interval=5":                      {err: `[1:11] the interval of a backup: "5" is not a duration`},
		store + "&interval=":                       {err: `[1:11] the interval of a backup: "" is not a duration`},
		store + "&interval=1m&interval=2m":         {err: "[1:11] a backup has two intervals"},
		"{url: '" + store + "', interval: -1s}":    {err: "the interval of a backup: -1s is negative"},
		"{url: '" + store + "', interval: 2d}":     {err: "the interval of a backup is 2d; it must be between 0s and 1d"},
		"{url: 's3://b?interval=1m', interval: 1}": {err: "[1:49] a backup has two intervals"},
		"{url: /mnt/a, intervall: 5m}":             {err: `[1:25] unknown field "intervall"; did you mean interval?`},
		"{interval: 5m}":                           {err: "a backup lacks its url"},
		"{url: '', interval: 5m}":                  {err: "a backup lacks its url"},
		"{url: [a], interval: 5m}":                 {err: "[1:"},
		"{url: /mnt/a, interval: [5m]}":            {err: "is not a duration"},
	} {
		t.Run(given, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "statsmirror.yaml")
			write(t, path, "backups: ["+given+"]\n")
			c, err := (&Flags{File: path}).Load()
			if err == nil {
				var intervals map[string]time.Duration
				if _, intervals, err = c.openBackups(); err == nil {
					if got, ok := intervals[want.location]; !ok || got != want.interval || len(intervals) != 1 {
						t.Errorf("is %v, want %v in %s", intervals, want.interval, want.location)
					}
				}
			}
			switch {
			case want.err == "" && err != nil:
				t.Error(err)
			case want.err != "" && (err == nil || !strings.Contains(err.Error(), want.err)):
				t.Errorf("got the error %v, want %s", err, want.err)
			case err != nil:
				checkComplaint(t, err)
			}
		})
	}
}
