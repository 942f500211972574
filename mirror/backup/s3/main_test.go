package s3

import (
	"os"
	"testing"
)

// TestMain lets no test find access keys of the host or of the person who runs it.
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
