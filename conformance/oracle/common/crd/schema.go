// Package crd does to an object what an API server does that has a release's CustomResourceDefinitions installed.
package crd

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// Schema is one version of one kind, compiled once. It may be used by several goroutines.
type Schema struct {
	structural *schema.Structural
	shape      validation.SchemaValidator
	rules      *cel.Validator
}

// compile makes a Schema of one version of a CustomResourceDefinition.
func compile(version apiextensionsv1.CustomResourceDefinitionVersion) (*Schema, error) {
	var props apiextensions.JSONSchemaProps
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &props, nil)
	if err != nil {
		return nil, fmt.Errorf("convert the schema: %w", err)
	}
	structural, err := schema.NewStructural(&props)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	if err := defaulting.PruneDefaults(structural); err != nil {
		return nil, fmt.Errorf("prune the defaults: %w", err)
	}
	shape, _, err := validation.NewSchemaValidator(&props)
	if err != nil {
		return nil, fmt.Errorf("compile the schema: %w", err)
	}
	return &Schema{
		structural: structural,
		shape:      shape,
		rules:      cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}, nil
}

// Store prunes object and fills in its defaults, in place, in the order of
// `k8s.io/apiextensions-apiserver` pkg/apiserver/customresource_handler.go.
func (s *Schema) Store(object map[string]any) {
	pruning.Prune(object, s.structural, true)
	defaulting.PruneNonNullableNullsWithoutDefaults(object, s.structural)
	defaulting.Default(object, s.structural)
}

// Refusals lists what an API server finds wrong with a stored object, as "path: reason", sorted and each once.
// Rules of the general object metadata (such as its name) are left out. As in
// `k8s.io/apiextensions-apiserver` pkg/registry/customresource/strategy.go:Validate,
// an object of the wrong shape is not asked for its CEL rules.
func (s *Schema) Refusals(ctx context.Context, object map[string]any) []string {
	if _, _, err := objectmeta.GetObjectMeta(object, false); err != nil {
		return []string{"metadata: BadRequest"}
	}
	errs := validation.ValidateCustomResource(nil, object, s.shape)
	errs = append(errs, objectmeta.Validate(nil, object, s.structural, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, s.structural, object)...)
	if s.rules != nil && !slices.ContainsFunc(errs, blocksRules) {
		// The empty root prints as "[]" and so marks what a rule found; the API server itself prints none.
		broken, _ := s.rules.Validate(ctx, field.NewPath(""), s.structural, object, nil, celconfig.RuntimeCELCostBudget)
		errs = append(errs, broken...)
	}
	refusals := make([]string, 0, len(errs))
	for _, err := range errs {
		refusals = append(refusals, fmt.Sprintf("%s: %s", err.Field, string(err.Type)))
	}
	slices.Sort(refusals)
	return slices.Compact(refusals)
}

// blocksRules tells whether an error keeps the API server from evaluating CEL rules (strategy.go:hasBlockingErr).
func blocksRules(err *field.Error) bool {
	switch err.Type {
	case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
		return true
	default:
		return false
	}
}
