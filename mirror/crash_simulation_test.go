//go:build simulation

package mirror

import "testing"

func TestEveryCrash(t *testing.T) {
	t.Parallel()
	cutPower(t, func(int) bool { return true })
}
