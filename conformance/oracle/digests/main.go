// Command digests prints what the policy follows of a release of KubeRay: a digest of each
// function, constant and variable of the validators and controllers, the feature gates, and a
// digest of each CRD.
//
// Its argument is the folder `ray-operator` of the release. A digest is about tokens, so
// neither comments nor the format of the code change it.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

// folders are those with the code that the rules and the lifecycle model were read from.
var folders = []string{"controllers/ray", "pkg/features", "pkg/utils", "pkg/webhooks"}

const crds = "config/crd/bases"

// Release is what the policy follows of a release.
type Release struct {
	// Code has a digest for each function, constant and variable, by its package and name.
	Code map[string]string `json:"code"`
	// Gates has the specification of each feature gate.
	Gates map[string]string `json:"gates"`
	// CRDs has a digest for each file.
	CRDs map[string]string `json:"crds"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: digests RAY-OPERATOR")
		os.Exit(2)
	}
	release, err := read(os.DirFS(os.Args[1]))
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(release)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(tree fs.FS) (*Release, error) {
	release := &Release{map[string]string{}, map[string]string{}, map[string]string{}}
	// Functions such as init may have one name.
	tokens := map[string][]string{}
	for _, folder := range folders {
		err := fs.WalkDir(tree, folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				// An older release lacks a folder.
				if name == folder && os.IsNotExist(err) {
					return fs.SkipDir
				}
				return err
			}
			if entry.IsDir() && entry.Name() == "mocks" {
				return fs.SkipDir
			}
			if entry.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return nil
			}
			return release.file(tree, name, tokens)
		})
		if err != nil {
			return nil, err
		}
	}
	for name, texts := range tokens {
		sort.Strings(texts)
		release.Code[name] = digest([]byte(strings.Join(texts, "\n")))
	}
	files, err := fs.Glob(tree, crds+"/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := fs.ReadFile(tree, file)
		if err != nil {
			return nil, err
		}
		release.CRDs[path.Base(file)] = digest(text)
	}
	if len(release.Code) == 0 || len(release.CRDs) == 0 {
		return nil, fmt.Errorf("no code or no CRDs: is this the folder ray-operator?")
	}
	return release, nil
}

// file adds the declarations of a file to tokens, and its feature gates to the release.
func (r *Release) file(tree fs.FS, name string, tokens map[string][]string) error {
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	code := func(node ast.Node) []byte {
		return source[files.Position(node.Pos()).Offset:files.Position(node.End()).Offset]
	}
	add := func(declared string, node ast.Node) {
		full := filepath.ToSlash(path.Dir(name)) + "." + declared
		tokens[full] = append(tokens[full], tokensOf(code(node)))
	}
	for _, declaration := range file.Decls {
		switch declaration := declaration.(type) {
		case *ast.FuncDecl:
			// The comment of a function is no part of it.
			declaration.Doc = nil
			add(receiver(declaration)+declaration.Name.Name, declaration)
		case *ast.GenDecl:
			for _, spec := range declaration.Specs {
				spec, ok := spec.(*ast.ValueSpec)
				if !ok || r.gates(spec, code) {
					continue
				}
				spec.Doc, spec.Comment = nil, nil
				for _, name := range spec.Names {
					if name.Name != "_" {
						add(name.Name, spec)
					}
				}
			}
		}
	}
	return nil
}

// gates adds the feature gates that a variable lists, and says whether it is such a list.
func (r *Release) gates(spec *ast.ValueSpec, code func(ast.Node) []byte) bool {
	if len(spec.Values) != 1 {
		return false
	}
	list, ok := spec.Values[0].(*ast.CompositeLit)
	if !ok {
		return false
	}
	kind, ok := list.Type.(*ast.MapType)
	if !ok || !bytes.HasSuffix(code(kind.Value), []byte("FeatureSpec")) {
		return false
	}
	for _, element := range list.Elts {
		if gate, ok := element.(*ast.KeyValueExpr); ok {
			r.Gates[string(code(gate.Key))] = strings.Join(strings.Fields(string(code(gate.Value))), " ")
		}
	}
	return true
}

// receiver returns the type of a method and a dot.
func receiver(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return ""
	}
	kind := function.Recv.List[0].Type
	for {
		switch inner := kind.(type) {
		case *ast.StarExpr:
			kind = inner.X
		case *ast.IndexExpr:
			kind = inner.X
		case *ast.Ident:
			return inner.Name + "."
		default:
			return ""
		}
	}
}

// tokensOf returns the tokens of code, without comments and semicolons.
func tokensOf(code []byte) string {
	files := token.NewFileSet()
	var tokens scanner.Scanner
	tokens.Init(files.AddFile("", files.Base(), len(code)), code, nil, 0)
	var text []string
	for {
		_, kind, literal := tokens.Scan()
		switch {
		case kind == token.EOF:
			return strings.Join(text, " ")
		case kind == token.SEMICOLON:
			// The end of a line implies some.
		case literal != "":
			text = append(text, literal)
		default:
			text = append(text, kind.String())
		}
	}
}

// digest returns the beginning of a SHA-256 digest, which is enough to see a change.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
