package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// nodes are parts of schemas, each once. A part refers to its own parts by their names.
type nodes struct {
	entries  []entry
	names    map[string]string // by content
	taken    map[string]bool
	metadata map[string]any
}

func newNodes() *nodes {
	n := &nodes{names: map[string]string{}, taken: map[string]bool{}}
	if err := yaml.Unmarshal([]byte(objectMeta), &n.metadata); err != nil {
		panic(err) // a constant
	}
	return n
}

// objectMeta is the schema of an object's own metadata, which CustomResourceDefinitions leave open because the API server knows it:
// the types of `k8s.io/apimachinery` pkg/apis/meta/v1:ObjectMeta.
const objectMeta = `
type: object
properties:
  name: {type: string}
  generateName: {type: string}
  namespace: {type: string}
  selfLink: {type: string}
  uid: {type: string}
  resourceVersion: {type: string}
  generation: {type: integer}
  creationTimestamp: {type: string, format: date-time}
  deletionTimestamp: {type: string, format: date-time}
  deletionGracePeriodSeconds: {type: integer}
  labels: {type: object, additionalProperties: {type: string}}
  annotations: {type: object, additionalProperties: {type: string}}
  finalizers: {type: array, items: {type: string, nullable: true}}
  ownerReferences:
    type: array
    items:
      type: object
      nullable: true
      properties:
        apiVersion: {type: string}
        kind: {type: string}
        name: {type: string}
        uid: {type: string}
        controller: {type: boolean}
        blockOwnerDeletion: {type: boolean}
  managedFields:
    type: array
    items:
      type: object
      nullable: true
      properties:
        manager: {type: string}
        operation: {type: string}
        apiVersion: {type: string}
        time: {type: string, format: date-time}
        fieldsType: {type: string}
        fieldsV1: {type: object, x-kubernetes-preserve-unknown-fields: true}
        subresource: {type: string}
`

// addRoot adds the schema of a whole object and gives its name.
func (n *nodes) addRoot(kind string, schema map[string]any) (string, error) {
	properties, ok := schema["properties"].(map[string]any)
	if !ok {
		return "", errors.New("no properties")
	}
	properties["metadata"] = n.metadata
	return n.add(kind, schema)
}

// add adds a schema, named after where it was first found, and gives its name. A part of the schema that would be lost is an error.
func (n *nodes) add(name string, schema map[string]any) (string, error) {
	node := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(schema)) {
		value := schema[key]
		var err error
		switch key {
		case "description", "x-kubernetes-map-type":
			// says nothing about what is refused
		case "type", "required", "enum", "default", "minimum", "minItems", "minLength", "maxLength", "pattern", "nullable":
			node[key] = value
		case "format":
			// No number is checked for int64.
			if value != "int64" {
				node[key] = value
			}
		case "x-kubernetes-int-or-string":
			node["type"] = "int-or-string"
		case "anyOf":
			if schema["x-kubernetes-int-or-string"] != true {
				err = errors.New("anyOf is more than an int-or-string")
			}
		case "x-kubernetes-preserve-unknown-fields":
			node["open"] = value
		case "x-kubernetes-list-type":
			if value == "set" {
				node["unique"] = []any{}
			}
		case "x-kubernetes-list-map-keys":
			node["unique"] = value
		case "x-kubernetes-validations":
			node["rules"], err = rules(value)
		case "properties":
			node[key], err = n.addProperties(value)
		case "items":
			node[key], err = n.addPart(name+"[]", value)
		case "additionalProperties":
			node[key], err = n.addPart(name+"{}", value)
		default:
			err = errors.New("unknown key")
		}
		if err != nil {
			return "", fmt.Errorf("%s.%s: %w", name, key, err)
		}
	}
	return n.put(name, node)
}

func (n *nodes) addProperties(value any) (map[string]string, error) {
	properties, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("not an object")
	}
	names := map[string]string{}
	for _, property := range slices.Sorted(maps.Keys(properties)) {
		name, err := n.addPart(property, properties[property])
		if err != nil {
			return nil, err
		}
		names[property] = name
	}
	return names, nil
}

func (n *nodes) addPart(name string, value any) (string, error) {
	schema, ok := value.(map[string]any)
	if !ok {
		return "", errors.New("not a schema")
	}
	return n.add(name, schema)
}

// put gives the name of a node, which is that of an equal one if there is any. A node that says no more than its type is named after it.
func (n *nodes) put(name string, node map[string]any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(node); err != nil {
		return "", err
	}
	content := strings.TrimSpace(text.String())
	if name, ok := n.names[content]; ok {
		return name, nil
	}
	if base, ok := node["type"].(string); ok && len(node) == 1 {
		name = base
	}
	base := name
	for i := 2; n.taken[name]; i++ {
		name = fmt.Sprintf("%s %d", base, i)
	}
	n.taken[name] = true
	n.names[content] = name
	n.entries = append(n.entries, entry{name, content})
	return name, nil
}

// rules are the texts of CEL rules.
func rules(value any) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, errors.New("not a list")
	}
	var texts []string
	for _, item := range list {
		rule, _ := item.(map[string]any)
		text, ok := rule["rule"].(string)
		if !ok {
			return nil, errors.New("a rule without a text")
		}
		for key := range rule {
			if key != "rule" && key != "message" {
				return nil, fmt.Errorf("a rule with %s", key)
			}
		}
		texts = append(texts, text)
	}
	return texts, nil
}
