//go:build systemd

package packaging

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"statsmirror/mirror/backup/backuptest"
)

var (
	administration = regexp.MustCompile(`^(sudo|systemctl|journalctl) `)
	interactive    = regexp.MustCompile(` edit |apt install|dnf install`)
)

// followDocuments installs the configuration in each document, and runs the commands that
// administer the service, in order. sudo stands for a change of user, because this host has no
// sudo.
func followDocuments(t *testing.T) {
	server := backuptest.Servers["versitygw"](t)
	write(t, "/usr/local/bin/sudo", "#!/bin/sh\n[ \"$1\" != -u ] || { user=$2; shift 2; set -- setpriv --reuid=$user --regid=$user --init-groups \"$@\"; }\nexec \"$@\"\n")
	must(t, "chmod", "755", "/usr/local/bin/sudo")
	must(t, "useradd", "alice")
	must(t, "install", "-d", "-o", "trainer", "-g", "dacapo", "-m", "0750", "/data/dacapo/stats")
	must(t, "install", "-d", "/mnt/nas")
	must(t, "setpriv", "--reuid=trainer", "--regid=dacapo", "--clear-groups", "/usr/bin/python3", "testdata/store.py", "/data/dacapo/stats", "documented", "100")
	here := strings.NewReplacer("https://s3.example.org", "http://"+server.Address, "= KEY", "= "+backuptest.AccessKey, "= SECRET", "= "+backuptest.SecretKey)
	ran := 0
	for _, path := range []string{readme, "../packaging/docs/operations.md", "../packaging/docs/events.md"} {
		text := documents(t)[path]
		if keys := block(text, "ini"); strings.HasPrefix(keys, "[default]") {
			write(t, "/etc/credstore/statsmirror.backup", here.Replace(keys))
		}
		if settings := block(text, "yaml"); settings != "" {
			must(t, "systemctl", "stop", unit)
			write(t, config, here.Replace(settings))
		}
		for line := range strings.Lines(strings.Join(blocks(text, "sh"), "")) {
			if administration.MatchString(line) && !interactive.MatchString(line) {
				shell(t, line)
				ran++
			}
		}
		wantMirrored(t, backup, "documented", 100)
	}
	if ran < 12 {
		t.Errorf("%d commands were found", ran)
	}
	must(t, "rm", "/usr/local/bin/sudo", "/etc/credstore/statsmirror.backup")
	configure(t, "")
	must(t, "systemctl", "restart", unit)
}

// shell runs a line as an administrator would type it.
func shell(t *testing.T, line string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = append(os.Environ(), "SYSTEMD_PAGER=cat")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s%v:\n%s", line, err, text)
	}
}

// block returns the first block of code in a language, or "".
func block(document, language string) string {
	return append(blocks(document, language), "")[0]
}

func blocks(document, language string) (all []string) {
	for _, found := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(document, -1) {
		all = append(all, found[1])
	}
	return all
}
