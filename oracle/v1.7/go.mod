module github.com/rayjob-policy/rayjob-policy/oracle/v1.7

go 1.26.0

replace github.com/rayjob-policy/rayjob-policy/oracle/common => ../common

require (
	github.com/ray-project/kuberay/ray-operator v1.7.0
	github.com/rayjob-policy/rayjob-policy/oracle/common v0.0.0
)

