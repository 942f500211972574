package criteria

import (
	"maps"
	"slices"
	"strings"
)

// sets are DaCapo's own criteria, by the task's evaluator. DaCapo's validate_run appends the scores of
// a row in the order of the list criteria of the class named here; higher_is_better is the direction
// (github.com/janelia-cellmap/dacapo at f3dc388f, dacapo/experiments/tasks/evaluators).
var sets = map[string]List{
	// BinarySegmentationEvaluationScores in binary_segmentation_evaluation_scores.py
	"binary": {
		{"dice", Max},
		{"jaccard", Max},
		{"hausdorff", Min},
		{"false_negative_rate", Min},
		{"false_negative_rate_with_tolerance", Min},
		{"false_positive_rate", Min},
		{"false_discovery_rate", Min},
		{"false_positive_rate_with_tolerance", Min},
		{"voi", Min},
		{"mean_false_distance", Min},
		{"mean_false_negative_distance", Min},
		{"mean_false_positive_distance", Min},
		{"mean_false_distance_clipped", Min},
		{"mean_false_negative_distance_clipped", Min},
		{"mean_false_positive_distance_clipped", Min},
		{"precision_with_tolerance", Max},
		{"recall_with_tolerance", Max},
		{"f1_score_with_tolerance", Max},
		{"precision", Max},
		{"recall", Max},
		{"f1_score", Max},
	},
	// DummyEvaluationScores in dummy_evaluation_scores.py, also of one-hot tasks
	"dummy": {{"frizz_level", Max}, {"blipp_score", Min}},
	// InstanceEvaluationScores in instance_evaluation_scores.py
	"instance": {{"voi_split", Min}, {"voi_merge", Min}, {"voi", Min}},
}

// SetNames lists the names of DaCapo's sets.
func SetNames() []string { return slices.Sorted(maps.Keys(sets)) }

// setOf returns the set of a name, or of the name behind CHANNEL__; nil if it is unknown. DaCapo
// joins channel and criterion in this way (MultiChannelBinarySegmentationEvaluationScores).
func setOf(name string) List {
	if set := sets[name]; set != nil {
		return set
	}
	at := strings.LastIndex(name, "__")
	if at < 0 || !nameForm.MatchString(name) {
		return nil
	}
	var set List
	for _, c := range sets[name[at+2:]] {
		set = append(set, Criterion{name[:at+2] + c.Name, c.Best})
	}
	return set
}
