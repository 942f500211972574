// Package systemd is the service manager of the host: the unit that runs this program is
// installed and controlled here, and is told how the service is. It knows nothing of runs, and
// reads no configuration.
package systemd
