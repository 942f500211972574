//go:build simulation

package mirror

import (
	"fmt"
	"testing"
)

func TestEveryError(t *testing.T) {
	const shares = 2
	for share := range int64(shares) {
		t.Run(fmt.Sprint(share), func(t *testing.T) {
			t.Parallel()
			failOperations(t, 1+share, shares)
		})
	}
}
