package main

import "testing"

func TestShortenedNamesStayDistinct(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{
		{"cells_distances_attention-unet_lr_1e-3__0", "cells_distances_upsample-unet_lr_1e-3__0", "cells_distances_upsample-unet_lr_1e-3__1"},
		{"a_very_long_name_of_a_run_with_x_in_its_middle_and_1_behind_it_all", "a_very_long_name_of_a_run_with_y_in_its_middle_and_1_behind_it_all", "a_very_long_name_of_a_run_with_y_in_its_middle_and_2_behind_it_all"},
		{"short", "short"},
	} {
		for _, columns := range []int{minShrunk, 24, 30} {
			short := shorten(names, columns)
			for i := range names {
				if columnsOf(short[i]) > columns {
					t.Errorf("%q has more than %d columns", short[i], columns)
				}
				for j := range i {
					if names[i] != names[j] && short[i] == short[j] {
						t.Errorf("at %d columns %q and %q become %q", columns, names[i], names[j], short[i])
					}
				}
			}
		}
	}
}
