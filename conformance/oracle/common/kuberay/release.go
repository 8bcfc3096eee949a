// Package kuberay tells which release of KubeRay a program asks.
package kuberay

import (
	"path"
	"runtime/debug"
	"strings"
)

// Release is the release as recorded answers name it, such as "1.6": that of the module the program belongs to,
// whose path ends in /v1.6.
func Release() string {
	info, _ := debug.ReadBuildInfo()
	return strings.TrimPrefix(path.Base(info.Main.Path), "v")
}

// Definitions are the files in `config/crd/bases` of a release, one for each kind.
var Definitions = []string{"ray.io_rayjobs.yaml", CronJobs, "ray.io_rayclusters.yaml", "ray.io_rayservices.yaml"}

// CronJobs is the file of a kind that not all releases have.
const CronJobs = "ray.io_raycronjobs.yaml"
