package verdict

import (
	"slices"
	"strings"
)

// template is what KubeRay puts before an error of a RayCronJob's template.
const template = "invalid RayJob template: "

// frames are what the releases from 1.5 on put before most texts of a RayJob.
var frames = []string{
	"The RayJob metadata is invalid: ",
	"The RayJob spec is invalid: ",
	"The RayJob status is invalid: ",
}

// Ids names the rules of the catalogue that an error text of KubeRay stands for, in the order of the text.
// A text that no pattern fits comes back as "unmapped: TEXT", never dropped.
// A worker group named "Head" cannot be told from the head group.
func Ids(text string) []string {
	text = strings.TrimPrefix(text, template)
	if !isDeletionGroup(text) {
		return []string{id(text)}
	}
	ids := []string{}
	for line := range strings.Lines(text) {
		if found := id(strings.TrimSuffix(line, "\n")); !slices.Contains(ids, found) {
			ids = append(ids, found)
		}
	}
	return ids
}

// isDeletionGroup tells whether text is one of the errors that KubeRay reports together, one a line.
// Any other text with line breaks is one error that quotes the user.
func isDeletionGroup(text string) bool {
	return strings.HasPrefix(text, "deletionRules[") || strings.HasPrefix(text, "for Job")
}

func id(text string) string {
	bare := text
	for _, frame := range frames {
		bare = strings.TrimPrefix(bare, frame)
	}
	for _, rule := range texts {
		if fits(text, rule.pattern) || fits(bare, rule.pattern) {
			return rule.id
		}
	}
	return "unmapped: " + text
}

// fits tells whether text begins with pattern, in which each "*" stands for anything.
// Patterns hold from the start because texts quote what the user wrote, which may look like another rule's text.
func fits(text, pattern string) bool {
	first, rest, more := strings.Cut(pattern, "*")
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for more {
		var part string
		part, rest, more = strings.Cut(rest, "*")
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}
