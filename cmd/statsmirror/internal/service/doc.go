// Package service is the service of one configuration: the watcher, the mirror and the log
// together, its health for the service manager, and the check of its places. Serve runs it until it
// is stopped, and takes a new configuration on a reload. A command that ends by itself uses a
// Service once.
package service
