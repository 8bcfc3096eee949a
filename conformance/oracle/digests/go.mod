module github.com/rayjob-policy/rayjob-policy/conformance/oracle/digests

go 1.24.0
