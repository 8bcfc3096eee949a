# The headline rule as an admission policy in Rego, for comparison.
package kuberay.rayjob

main := {
	"apiVersion": "admission.k8s.io/v1",
	"kind": "AdmissionReview",
	"response": response,
}

response := {"uid": input.request.uid, "allowed": true} if count(violation) == 0

response := {
	"uid": input.request.uid,
	"allowed": false,
	"status": {"code": 422, "message": concat("\n", violation)},
} if {
	count(violation) > 0
}

violation contains message if {
	input.request.kind.kind == "RayJob"
	spec := input.request.object.spec
	spec.submissionMode == "InteractiveMode"
	spec.backoffLimit > 0
	message := "InteractiveMode and backoffLimit cannot be used together"
}
