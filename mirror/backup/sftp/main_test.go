package sftp

import (
	"os"
	"testing"
)

// TestMain hides the keys of the host and of the user from all tests.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"HOME": "/dev/null/home", "CREDENTIALS_DIRECTORY": "", "SSH_AUTH_SOCK": ""} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
