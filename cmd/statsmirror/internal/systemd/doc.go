// Package systemd is the service manager of the host. It installs and controls the unit that runs
// this program, knows which unit reads which configuration file, and tells systemd the state of
// the service. It knows nothing of runs, and reads no configuration.
package systemd
