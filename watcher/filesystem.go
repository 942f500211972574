package watcher

import "golang.org/x/sys/unix"

// Magic numbers of statfs(2) that x/sys/unix does not name.
const (
	gfs2   = 0x01161970
	gpfs   = 0x47504653
	lustre = 0x0bd00bd0
	beegfs = 0x19830326
	panfs  = 0xaad7aaea
)

// remote names the file systems that do not report changes made by other machines. FUSE may be one
// of them.
var remote = map[int64]string{
	unix.AFS_FS_MAGIC:      "afs",
	unix.AFS_SUPER_MAGIC:   "afs",
	beegfs:                 "beegfs",
	unix.CEPH_SUPER_MAGIC:  "ceph",
	unix.CIFS_SUPER_MAGIC:  "cifs",
	unix.CODA_SUPER_MAGIC:  "coda",
	unix.FUSE_SUPER_MAGIC:  "fuse",
	gfs2:                   "gfs2",
	gpfs:                   "gpfs",
	lustre:                 "lustre",
	unix.NCP_SUPER_MAGIC:   "ncp",
	unix.NFS_SUPER_MAGIC:   "nfs",
	unix.OCFS2_SUPER_MAGIC: "ocfs2",
	panfs:                  "panfs",
	unix.SMB_SUPER_MAGIC:   "smb",
	unix.SMB2_SUPER_MAGIC:  "smb2",
	unix.V9FS_MAGIC:        "9p",
}

// remoteFileSystem names the file system of path if it does not report remote changes. It returns
// "" for any other, and if path does not exist.
func remoteFileSystem(path string) string {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return ""
	}
	// Magic numbers are 32 bits wide; Type is wider, and signed, on some machines.
	return remote[int64(uint32(s.Type))]
}
