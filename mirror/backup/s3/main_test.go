package s3

import (
	"os"
	"testing"
)

// TestMain hides the access keys of the host and of the user from all tests.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{
		"HOME": "/dev/null/home", "CREDENTIALS_DIRECTORY": "", "AWS_PROFILE": "",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_SHARED_CREDENTIALS_FILE": "",
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
