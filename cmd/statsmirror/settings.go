package main

import (
	"fmt"
	"strings"
	"time"

	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/manual"
	"statsmirror/watcher"
)

// setting is a key of the configuration file: what it means, and the values it takes. The
// manual, packaging/docs/configuration.md and packaging/statsmirror.yaml are made from it.
type setting struct {
	key     string
	initial string // the value if the key is not set; Markdown, "" for none
	meaning string // whole sentences of Markdown
	sample  string // its lines in packaging/statsmirror.yaml

	least, most time.Duration // of a duration; most may be 0, for any
	choices     []string      // of text; may be nil, for any
}

const day = 24 * time.Hour

// settings lists the keys in the order in which the sample has them.
var settings = []setting{
	{
		key: "stats", sample: "stats: /path/to/dacapo/stats",
		meaning: "The stats tree: the directory with `training_stats` and `validation_scores`, as a path or `file://` URL. It may come later, but the service's user must be able to read it. Runs, and both directories, may be links to another disk, made by root or by the owner of what they lead to. A file system that is mounted there later is noticed within `poll_interval`.",
	},
	{
		key: "dacapo_config", sample: "#dacapo_config: /path/to/dacapo.yaml",
		meaning: "DaCapo's own `dacapo.yaml`, instead of `stats`: the stats tree is then `stats` in its `runs_base_dir`. `auto` is the file that DaCapo itself reads.",
	},
	{
		key: "state", sample: "state: /var/lib/statsmirror",
		initial: "the unit's state directory under systemd; for a command, that of the service whose configuration it reads; else a directory for each stats tree under `$XDG_STATE_HOME`",
		meaning: "The directory of the catalog. One process at a time uses it. Leave this key out of the file of an instance, `statsmirror@NAME`.",
	},
	{
		key: "backups", initial: "none",
		sample:  "backups:\n#  - /mnt/backup/dacapo\n#  - file:///mnt/nas/dacapo\n#  - s3://bucket/{host}?endpoint=https://s3.example.org&region=us-east-1&path_style=true",
		meaning: "Where verified copies go: directories, as paths or `file://` URLs, and object stores, `s3://bucket/prefix`. `{host}` stands for the host's name. The last part of a path is made if it is missing, for the first copy only; its parent is not, so that nothing is written under a mount that is away. The unit lets the service write below `/mnt`, `/media`, `/srv` and `/backup`; for another place, run `systemctl edit statsmirror` and add `ReadWritePaths=` to `[Service]`. A bucket must exist. Its access key goes into `/etc/credstore/statsmirror.backup`, in the form of AWS's shared credentials file; root's commands read it there too.",
	},
	{
		key: "quiet_period", initial: "`100ms`", sample: "#quiet_period: 100ms", least: time.Millisecond, most: 10 * time.Minute,
		meaning: "How long a file must have been left alone before it is read.",
	},
	{
		key: "ignore", initial: "none", sample: `#ignore: ["*.bak"]`,
		meaning: "Patterns of names to leave out, in the stats tree and in runs that are directories. statsmirror always leaves out `.nfs*`, `.fuse_hidden*`, `.DS_Store`, `._*`, `*~`, `.*.sw?`, `#*#`, `.#*`, rsync's `.NAME.XXXXXX`, and the temporary files and conflict copies of Syncthing and Nextcloud. `statsmirror check-config` lists what is left out.",
	},
	{
		key: "damaged_after", initial: "`30s`", sample: "#damaged_after: 30s", least: time.Millisecond, most: day,
		meaning: "How long a file that ends in the middle, or is empty, must have been unchanged to count as damaged. Until then DaCapo may still be writing it.",
	},
	{
		key: "rescan_interval", initial: "`10m`", sample: "#rescan_interval: 10m", least: time.Second,
		meaning: "How often every run is looked at, even if no event came.",
	},
	{
		key: "poll_interval", initial: "`10s`", sample: "#poll_interval: 10s", least: 100 * time.Millisecond,
		meaning: "How often every run is looked at where the file system does not report the changes that other hosts make.",
	},
	{
		key: "polling", initial: "`auto`", sample: "#polling: auto",
		choices: []string{string(watcher.PollAuto), string(watcher.PollAlways), string(watcher.PollNever)},
		meaning: "Whether to look at every run each `poll_interval`: `auto` does so on NFS, SMB, FUSE, Lustre and the like, `always` everywhere, `never` nowhere.",
	},
	{
		key: "grace", initial: "`1m`", sample: "#grace: 1m", least: time.Second, most: 30 * day,
		meaning: "How long a run's files may be away before the service logs it.",
	},
	{
		key: "timeout", initial: "`5m`", sample: "#timeout: 5m", least: time.Second,
		meaning: "How long syncing a run, or copying it to a backup, may take before it has failed. If no backup answers for twice as long, the watchdog restarts the service.",
	},
	{
		key: "stop_timeout", initial: "`5s`", sample: "#stop_timeout: 5s", least: time.Millisecond, most: time.Hour,
		meaning: "How long a stop may go on trying pending copies. With more than 10s, raise the unit's `TimeoutStopSec=` too.",
	},
	{
		key: "keep_generations", initial: "all", sample: "#keep_generations: 10",
		meaning: "How many ended generations of each run to keep, the last ones, in the catalog and in every backup. The current generation is always kept. After a start or a reload, the log says how many generations will be removed; the service removes the first ones one `rescan_interval` later.",
	},
	{
		key: "keep_for", initial: "for ever", sample: "#keep_for: 365d",
		meaning: "How long to keep ended generations, `90d` or `2160h`, from the time they ended. If `keep_generations` is set too, a generation that either of them keeps is kept. A trainer that starts over often pushes old generations out if `keep_generations` is set alone.",
	},
	{
		key: "log_level", initial: "`info`", sample: "#log_level: info", choices: []string{"debug", "info", "warn", "error"},
		meaning: "The least level to log.",
	},
	{
		key: "log_format", initial: "`auto`", sample: "#log_format: auto",
		choices: []string{journal.FormatAuto, journal.FormatJournal, journal.FormatConsole, journal.FormatJSON},
		meaning: "The format of the log. `auto` is the journal under systemd, console on a terminal, else JSON.",
	},
}

// settingKeys lists the keys.
func settingKeys() []string {
	var keys []string
	for _, s := range settings {
		keys = append(keys, s.key)
	}
	return keys
}

// settingOf returns the setting with a key, which must exist.
func settingOf(key string) setting {
	for _, s := range settings {
		if s.key == key {
			return s
		}
	}
	panic("settings lacks " + key)
}

// values says which values a key takes, in a sentence; "" if its meaning does.
func (s setting) values() string {
	switch {
	case s.choices != nil:
		return "Values: `" + strings.Join(s.choices, "`, `") + "`."
	case s.most > 0:
		return fmt.Sprintf("From %s to %s.", spell(s.least), spell(s.most))
	case s.least > 0:
		return fmt.Sprintf("At least %s.", spell(s.least))
	}
	return ""
}

// spell writes a duration as the configuration file takes it, without parts that are 0.
func spell(d time.Duration) string {
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String() // "1h0m0s"
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// manualPages returns the pages that are made from tables.
func manualPages() []manual.Page {
	return []manual.Page{configurationPage(), eventsPage()}
}

func configurationPage() manual.Page {
	var entries []manual.Entry
	for _, s := range settings {
		entries = append(entries, manual.Entry{Name: s.key, Default: s.initial, Meaning: strings.TrimSpace(s.meaning + " " + s.values())})
	}
	return manual.Configuration(entries)
}

func eventsPage() manual.Page {
	var entries []manual.Entry
	for name, meaning := range sortedEvents() {
		entries = append(entries, manual.Entry{Name: name, Meaning: sentence(meaning)})
	}
	return manual.Events(entries)
}
