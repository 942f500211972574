//go:build simulation

package mirror

import (
	"fmt"
	"testing"
)

func TestEveryError(t *testing.T) {
	const shares = 4
	for name, life := range lives {
		for share := range int64(shares) {
			t.Run(fmt.Sprint(name, " ", share), func(t *testing.T) {
				t.Parallel()
				failOperations(t, life, 1+share, shares, len(errnos))
			})
		}
	}
}
