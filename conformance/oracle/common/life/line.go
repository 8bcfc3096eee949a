package life

import "encoding/json"

// Scenario is a line of input: a RayJob and what happens to it.
type Scenario struct {
	ID     string          `json:"id"`
	Object json.RawMessage `json:"object"`
	// Gates are the operator's feature gates; those not named have the release's default.
	Gates map[string]bool `json:"gates"`
	// Outcomes says how the n-th application that really starts ends; RUNNING and those not named do not.
	Outcomes []string `json:"outcomes"`
	// Submitter says of the n-th submitter Job whether it gives up without submitting: "fail".
	Submitter []string `json:"submitter"`
	Events    []Event  `json:"events"`
	// Policy is the policy in front of the API server; none if absent.
	Policy *switched `json:"policy"`
}

// switched is a policy that is switched on at some moment.
type switched struct {
	Settings json.RawMessage `json:"settings"`
	// After is how many writes to RayJobs and RayClusters are made before: with 0 it is asked about the RayJob's creation.
	After int `json:"after"`
}

// Event is what a user or the clock does when status.jobDeploymentStatus is When for the Nth time or a later one.
type Event struct {
	When  string `json:"when"`
	Nth   int    `json:"nth"`
	Do    string `json:"do"`
	Value string `json:"value"`
}

// Life is a line of output: what the controller did.
type Life struct {
	Steps []Step `json:"steps"`
	// Clusters counts the RayClusters ever named.
	Clusters int `json:"clusters"`
	// Submitters counts the submitter Jobs made.
	Submitters int `json:"submitters"`
	// Started counts the applications that really started.
	Started int `json:"started"`
	// Idle tells whether at the end a RayCluster stands with nothing running on it. The world has no garbage
	// collector: the cluster of a RayJob that deleted itself still stands.
	Idle bool `json:"idle"`
	// Panic tells that the controller crashed after the last step. Nothing is counted then.
	Panic bool `json:"panic,omitempty"`
	// Denied are the writes that the policy denied. A RayJob whose creation was denied has no steps.
	Denied []Denial `json:"denied,omitempty"`
	// Error says why the line could not be played.
	Error string `json:"error,omitempty"`
}

// Step is what is seen of the RayJob after a reconcile, if it differs from the step before.
type Step struct {
	State     string   `json:"state"`
	JobStatus string   `json:"jobStatus,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	SpecJobID string   `json:"specJobId,omitempty"`
	JobID     string   `json:"jobId,omitempty"`
	Cluster   string   `json:"cluster,omitempty"`
	Alive     []string `json:"alive,omitempty"`
	Failed    int32    `json:"failed,omitempty"`
	Suspend   bool     `json:"suspend,omitempty"`
	Error     string   `json:"error,omitempty"`
}
