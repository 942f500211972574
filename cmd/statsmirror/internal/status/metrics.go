package status

import (
	"fmt"
	"io"
	"strings"

	"statsmirror/store/durable"
)

// metric is one figure for Prometheus.
type metric struct {
	name, kind, help string
	of               func(File) []sample
}

// sample is a value with its labels, apart from that of the service.
type sample struct {
	labels [][2]string
	value  int64
}

// metrics are the figures of a File in the order in which they are written. An operator's alerts
// and dashboards name them, so they stay as they are.
var metrics = []metric{
	gauge("heartbeat_timestamp_seconds", "When the service wrote these figures. An old time means that it has stopped or hangs.", func(f File) int64 { return f.Written.Unix() }),
	gauge("start_timestamp_seconds", "When the service started.", func(f File) int64 { return f.Started.Unix() }),
	gauge("starting", "1 until the stats tree has been scanned after a start, when more runs may be dirty.", func(f File) int64 { return oneIf(f.Starting) }),
	gauge("stalled", "1 if the service makes no progress, because the stats tree or the backups hang.", func(f File) int64 { return oneIf(f.Stalled != "") }),
	gauge("runs", "Runs in the catalog.", func(f File) int64 { return f.Runs }),
	gauge("dirty_runs", "Runs with a change that some backup lacks.", func(f File) int64 { return f.Dirty }),
	gauge("waiting_runs", "Dirty runs that are not late, because they wait for the interval of a backup.", func(f File) int64 { return f.Waiting }),
	gauge("unfinished_runs", "Runs with a stats file that ends in the middle, where a store may be under way.", func(f File) int64 { return f.Unfinished }),
	gauge("damaged_runs", "Runs with a damaged stats file.", func(f File) int64 { return f.Damaged }),
	gauge("failed_runs", "Runs that cannot be read or stored.", func(f File) int64 { return f.Failed }),
	gauge("oldest_unmirrored_seconds", "Age of the oldest change that some backup, or the catalog, lacks.", func(f File) int64 { return f.Oldest }),
	gauge("stats_tree_missing_seconds", "For how long there has been no stats tree to watch.", func(f File) int64 { return f.RootMissing }),
	counter("stored_changes_total", "Changes of runs that were stored since the start.", func(f File) int64 { return f.Merges }),
	counter("read_bytes_total", "Bytes of stats files that were read for these changes.", func(f File) int64 { return f.Bytes }),
	backups("backup_dirty_runs", "gauge", "Runs with a change that the backup lacks.", func(b Backup) int64 { return b.Dirty }),
	backups("backup_waiting_runs", "gauge", "Dirty runs that are not late, because they wait for the backup's interval.", func(b Backup) int64 { return b.Waiting }),
	backups("backup_interval_seconds", "gauge", "The backup's interval; 0 if it has none.", func(b Backup) int64 { return b.Interval }),
	backups("backup_oldest_unmirrored_seconds", "gauge", "Age of the oldest change that the backup lacks.", func(b Backup) int64 { return b.Oldest }),
	backups("backup_failing_seconds", "gauge", "For how long the backup has been failing; 0 if it works.", func(b Backup) int64 { return b.Failing }),
	backups("backup_sent_bytes_total", "counter", "Bytes sent to an object store since the start.", func(b Backup) int64 { return b.Sent }),
	{"backup_requests_total", "counter", "Requests to an object store since the start, by what it charges for.", func(f File) (all []sample) {
		for _, b := range f.Backups {
			for _, request := range []struct {
				name string
				n    int64
			}{{"put", b.Puts}, {"get", b.Gets}, {"list", b.Lists}, {"delete", b.Deletes}} {
				all = append(all, sample{[][2]string{{"backup", b.Backup}, {"request", request.name}}, request.n})
			}
		}
		return all
	}},
}

func oneIf(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

func gauge(name, help string, of func(File) int64) metric { return single(name, "gauge", help, of) }

func counter(name, help string, of func(File) int64) metric {
	return single(name, "counter", help, of)
}

func single(name, kind, help string, of func(File) int64) metric {
	return metric{name, kind, help, func(f File) []sample { return []sample{{nil, of(f)}} }}
}

func backups(name, kind, help string, of func(Backup) int64) metric {
	return metric{name, kind, help, func(f File) (all []sample) {
		for _, b := range f.Backups {
			all = append(all, sample{[][2]string{{"backup", b.Backup}}, of(b)})
		}
		return all
	}}
}

// CheckMetrics returns an error if a file has the figures of another service, or something else. If
// two services replaced the same file, nobody would see that one of them has stopped.
func CheckMetrics(path, stats string) error {
	const heartbeat = "statsmirror_heartbeat_timestamp_seconds{stats=\""
	text, err := read(path)
	switch {
	case err != nil || len(text) == 0: // usually it is missing
		return nil
	case strings.Contains(string(text), heartbeat+escape(stats)+"\"}"):
		return nil
	case strings.Contains(string(text), heartbeat):
		return fmt.Errorf("%s has the figures of the service of another stats tree; give each service its own file, or delete this one if that service is gone", path)
	}
	return fmt.Errorf("%s is not a file of statsmirror; give another name", path)
}

// WriteMetrics replaces the file at path with the figures in the text format of Prometheus, for the
// textfile collector of node_exporter. Every figure has the label stats, so that several services
// can write to one directory, each its own file.
func (f File) WriteMetrics(path string) error {
	if err := CheckMetrics(path, f.Stats); err != nil {
		return err
	}
	return replace(path, durable.WritePublic, func(w io.Writer) error {
		for _, m := range metrics {
			fmt.Fprintf(w, "# HELP statsmirror_%s %s\n# TYPE statsmirror_%s %s\n", m.name, m.help, m.name, m.kind)
			for _, s := range m.of(f) {
				fmt.Fprintf(w, "statsmirror_%s{stats=\"%s\"", m.name, escape(f.Stats))
				for _, label := range s.labels {
					fmt.Fprintf(w, ",%s=\"%s\"", label[0], escape(label[1]))
				}
				fmt.Fprintf(w, "} %d\n", s.value)
			}
		}
		return nil
	})
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// escape writes the value of a label. It must be UTF-8.
func escape(value string) string { return escapes.Replace(strings.ToValidUTF8(value, "�")) }
