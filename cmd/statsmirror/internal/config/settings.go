package config

import (
	"fmt"
	"strings"
	"time"

	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/watcher"
)

// Setting is a key of the configuration file: its meaning, and the values it takes. The manual,
// packaging/docs/configuration.md and packaging/statsmirror.yaml are made from it.
type Setting struct {
	Key     string
	Initial string   // the value if the key is not set, in Markdown; "" for none
	Meaning string   // whole sentences of Markdown
	Sample  string   // its lines in packaging/statsmirror.yaml
	Choices []string // of text; nil for any

	least, most time.Duration // of a duration; most may be 0, for any
}

const day = 24 * time.Hour

// Settings lists the keys in the order of the sample.
var Settings = []Setting{
	{
		Key: "stats", Sample: "stats: /path/to/dacapo/stats",
		Meaning: "The stats tree: the directory with `training_stats` and `validation_scores`, as a path or `file://` URL. It may come later, but the service's user must be able to read it. Runs, and both directories, may be links to another disk, if root made the link or its owner owns the target. A file system that is mounted there later is noticed within `poll_interval`.",
	},
	{
		Key: "dacapo_config", Sample: "#dacapo_config: /path/to/dacapo.yaml",
		Meaning: "DaCapo's own `dacapo.yaml`, instead of `stats`: the stats tree is then `stats` in its `runs_base_dir`. `auto` is the file that DaCapo itself reads.",
	},
	{
		Key: "state", Sample: "state: /var/lib/statsmirror",
		Initial: "the unit's state directory under systemd; for a command, that of the service whose configuration it reads; else a directory for each stats tree under `$XDG_STATE_HOME`",
		Meaning: "The directory of the catalog. One process at a time uses it. Leave this key out of the file of an instance, `statsmirror@NAME`.",
	},
	{
		Key: "backups", Initial: "none",
		Sample:  "backups:\n#  - /mnt/backup/dacapo\n#  - file:///mnt/nas/dacapo\n#  - s3://bucket/{host}?endpoint=https://s3.example.org&region=us-east-1&path_style=true\n#  - sftp://user@host/path/{host}?known_hosts=/etc/statsmirror/known_hosts\n#  - {url: 's3://second/{host}', interval: 5m}",
		Meaning: "Where verified copies go: directories, as paths or `file://` URLs, object stores, `s3://bucket/prefix`, and SFTP servers, `sftp://user@host:port/path`. `{host}` stands for the host's name. The service makes the directory itself before the first copy, but not its parent: under a mount that is away, nothing is written. The unit lets the service write below `/mnt`, `/media`, `/srv` and `/backup`; for another place, run `systemctl edit statsmirror` and add `ReadWritePaths=` to `[Service]`. A bucket must exist. Its access key goes into `/etc/credstore/statsmirror.backup`, in the form of AWS's shared credentials file; root's commands read it there too. An SFTP server must be in a file of known hosts, which `?known_hosts=FILE` names. `?key=FILE` names the private key; without it, the key may be in the same file as an access key would, in an agent, or in `~/.ssh`. `interval` bounds the bill of an object store: a run is copied at most once in it, and a later change when the interval is over. A generation that ends is copied at once, and a stop copies what it can of the rest within `stop_timeout`. The default is 1m for an object store and 0, no bound, for a directory or an SFTP server; the most is 1d. Write `{url: …, interval: 5m}`, or add `?interval=5m` to a URL.",
	},
	{
		Key: "quiet_period", Initial: "`100ms`", Sample: "#quiet_period: 100ms", least: time.Millisecond, most: 10 * time.Minute,
		Meaning: "How long a file must have been left alone before it is read.",
	},
	{
		Key: "ignore", Initial: "none", Sample: `#ignore: ["*.bak"]`,
		Meaning: "Patterns of names to leave out, in the stats tree and in runs that are directories. statsmirror always leaves out `.nfs*`, `.fuse_hidden*`, `.DS_Store`, `._*`, `*~`, `.*.sw?`, `#*#`, `.#*`, rsync's `.NAME.XXXXXX`, and the temporary files and conflict copies of Syncthing and Nextcloud. `statsmirror check-config` lists the names that it leaves out.",
	},
	{
		Key: "damaged_after", Initial: "`30s`", Sample: "#damaged_after: 30s", least: time.Millisecond, most: day,
		Meaning: "How long a file that ends in the middle, or is empty, must have been unchanged to count as damaged. Until then DaCapo may still be writing it.",
	},
	{
		Key: "rescan_interval", Initial: "`10m`", Sample: "#rescan_interval: 10m", least: time.Second,
		Meaning: "How often the service compares every run with its catalog, even if no event came.",
	},
	{
		Key: "poll_interval", Initial: "`10s`", Sample: "#poll_interval: 10s", least: 100 * time.Millisecond,
		Meaning: "The same where the file system does not report the changes that other hosts make.",
	},
	{
		Key: "polling", Initial: "`auto`", Sample: "#polling: auto",
		Choices: []string{string(watcher.PollAuto), string(watcher.PollAlways), string(watcher.PollNever)},
		Meaning: "Whether to compare every run each `poll_interval`: `auto` does so on NFS, SMB, FUSE, Lustre and the like, `always` everywhere, `never` nowhere.",
	},
	{
		Key: "grace", Initial: "`1m`", Sample: "#grace: 1m", least: time.Second, most: 30 * day,
		Meaning: "How long a run's files may be away before the service logs it.",
	},
	{
		Key: "timeout", Initial: "`5m`", Sample: "#timeout: 5m", least: time.Second,
		Meaning: "How long syncing a run, or copying it to a backup, may take before it has failed. If no backup answers for twice as long, the watchdog restarts the service.",
	},
	{
		Key: "stop_timeout", Initial: "`5s`", Sample: "#stop_timeout: 5s", least: time.Millisecond, most: time.Hour,
		Meaning: "How long a stop may go on trying pending copies. With more than 10s, raise the unit's `TimeoutStopSec=` too.",
	},
	{
		Key: "keep_generations", Initial: "all", Sample: "#keep_generations: 10",
		Meaning: "How many ended generations of each run to keep, the last ones, in the catalog and in every backup. The current generation is always kept. After a start or a reload, the log says how many generations will be removed; the service removes the first ones one `rescan_interval` later.",
	},
	{
		Key: "keep_for", Initial: "for ever", Sample: "#keep_for: 365d",
		Meaning: "How long to keep ended generations, `90d` or `2160h`, from the time they ended. If `keep_generations` is set too, a generation that either of them keeps is kept. A trainer that starts over often pushes old generations out if `keep_generations` is set alone.",
	},
	{
		Key: "criteria", Initial: "those of the task in DaCapo's `configs` beside the stats tree, else numbers", Sample: "#criteria: dice:max,voi:min",
		Meaning: "Names for the criteria of validation scores, in the order of the scores, each with the direction that is better, `max` or `min`, if that is known. The stats files only number them. `binary`, `instance` and `dummy` are DaCapo's own criteria of the evaluators of these names; `mito__binary,er__binary` are those of two channels. `show`, `plot`, `report` and `export` use the names; the service does not.",
	},
	{
		Key: "metrics", Initial: "none", Sample: "#metrics: /var/lib/prometheus/node-exporter/statsmirror.prom",
		Meaning: "A file for the textfile collector of Prometheus's node_exporter, whose name ends in `.prom`. Every 15 seconds the service replaces it with the figures of its heartbeat. Give each instance a file of its own. The service's user must be able to write its directory, and the unit must allow it: run `systemctl edit statsmirror` and add `ReadWritePaths=` to `[Service]`.",
	},
	{
		Key: "log_level", Initial: "`info`", Sample: "#log_level: info", Choices: []string{"debug", "info", "warn", "error"},
		Meaning: "The least level to log.",
	},
	{
		Key: "log_format", Initial: "`auto`", Sample: "#log_format: auto",
		Choices: []string{journal.FormatAuto, journal.FormatJournal, journal.FormatConsole, journal.FormatJSON},
		Meaning: "The format of the log. `auto` is the journal under systemd, console on a terminal, else JSON.",
	},
}

// settingKeys lists the keys.
func settingKeys() []string {
	var keys []string
	for _, s := range Settings {
		keys = append(keys, s.Key)
	}
	return keys
}

// SettingOf returns the setting of a key, which must exist.
func SettingOf(key string) Setting {
	for _, s := range Settings {
		if s.Key == key {
			return s
		}
	}
	panic("settings lacks " + key)
}

// Values describes the values of a key in a sentence; "" if its meaning already does.
func (s Setting) Values() string {
	switch {
	case s.Choices != nil:
		return "Values: `" + strings.Join(s.Choices, "`, `") + "`."
	case s.most > 0:
		return fmt.Sprintf("From %s to %s.", Spell(s.least), Spell(s.most))
	case s.least > 0:
		return fmt.Sprintf("At least %s.", Spell(s.least))
	}
	return ""
}

// Spell writes a duration in the form of the configuration file, without parts that are 0.
func Spell(d time.Duration) string {
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
