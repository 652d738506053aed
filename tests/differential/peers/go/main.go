// Speaks the peers' protocol (tests/differential/README.md) for go-paseto.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"aidanwoods.dev/go-paseto"
)

type request struct {
	Op, Kind, Key, Message, Footer, Assertion, Token, What string
	Seconds                                                float64
}

type answer map[string]any

func unb64(text string) []byte {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return data
}

// The bytes of a PASERK text, whose type the kind of the request implies.
func keyBytes(paserk string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(paserk[strings.LastIndex(paserk, ".")+1:])
}

// What makes one token, keys and message already read.
func maker(r request) (func() string, error) {
	token, err := paseto.NewTokenFromClaimsJSON(unb64(r.Message), unb64(r.Footer))
	if err != nil {
		return nil, err
	}
	raw, err := keyBytes(r.Key)
	if err != nil {
		return nil, err
	}
	assertion := unb64(r.Assertion)
	switch r.Kind {
	case "v4.public":
		key, err := paseto.NewV4AsymmetricSecretKeyFromBytes(raw)
		return func() string { return token.V4Sign(key, assertion) }, err
	case "v4.local":
		key, err := paseto.V4SymmetricKeyFromBytes(raw)
		return func() string { return token.V4Encrypt(key, assertion) }, err
	case "v2.public":
		key, err := paseto.NewV2AsymmetricSecretKeyFromBytes(raw)
		return func() string { return token.V2Sign(key) }, err
	case "v2.local":
		key, err := paseto.V2SymmetricKeyFromBytes(raw)
		return func() string { return token.V2Encrypt(key) }, err
	case "v3.public":
		key, err := paseto.NewV3AsymmetricSecretKeyFromBytes(raw)
		return func() string { return token.V3Sign(key, assertion) }, err
	case "v3.local":
		key, err := paseto.V3SymmetricKeyFromBytes(raw)
		return func() string { return token.V3Encrypt(key, assertion) }, err
	}
	return nil, fmt.Errorf("kind %s is unknown", r.Kind)
}

func reader(r request) (func() (*paseto.Token, error), error) {
	raw, err := keyBytes(r.Key)
	if err != nil {
		return nil, err
	}
	parser, assertion := paseto.NewParserWithoutExpiryCheck(), unb64(r.Assertion)
	switch r.Kind {
	case "v4.public":
		key, err := paseto.NewV4AsymmetricPublicKeyFromBytes(raw)
		return func() (*paseto.Token, error) { return parser.ParseV4Public(key, r.Token, assertion) }, err
	case "v4.local":
		key, err := paseto.V4SymmetricKeyFromBytes(raw)
		return func() (*paseto.Token, error) { return parser.ParseV4Local(key, r.Token, assertion) }, err
	case "v2.public":
		key, err := paseto.NewV2AsymmetricPublicKeyFromBytes(raw)
		return func() (*paseto.Token, error) { return parser.ParseV2Public(key, r.Token) }, err
	case "v2.local":
		key, err := paseto.V2SymmetricKeyFromBytes(raw)
		return func() (*paseto.Token, error) { return parser.ParseV2Local(key, r.Token) }, err
	case "v3.public":
		key, err := paseto.NewV3AsymmetricPublicKeyFromBytes(raw)
		return func() (*paseto.Token, error) { return parser.ParseV3Public(key, r.Token, assertion) }, err
	case "v3.local":
		key, err := paseto.V3SymmetricKeyFromBytes(raw)
		return func() (*paseto.Token, error) { return parser.ParseV3Local(key, r.Token, assertion) }, err
	}
	return nil, fmt.Errorf("kind %s is unknown", r.Kind)
}

func hello() answer {
	version := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "aidanwoods.dev/go-paseto" {
				version = strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return answer{"peers": []answer{{
		"name": "go-paseto", "version": version, "messages": "json", "footers": "bytes", "claims": true,
		"kinds": []string{"v4.public", "v4.local", "v3.public", "v3.local", "v2.public", "v2.local"}, "ids": []string{}, "wraps": []string{},
	}}}
}

func bench(r request) (answer, error) {
	var operation func()
	if r.What == "make" {
		run, err := maker(r)
		if err != nil {
			return nil, err
		}
		operation = func() { run() }
	} else {
		run, err := reader(r)
		if err != nil {
			return nil, err
		}
		operation = func() {
			if _, err := run(); err != nil {
				panic(err)
			}
		}
	}
	operation()
	count, started := 0, time.Now()
	for time.Since(started).Seconds() < r.Seconds {
		operation()
		count++
	}
	return answer{"operations": count, "seconds": time.Since(started).Seconds()}, nil
}

func handle(r request) (result answer, err error) {
	defer func() { // a panic is recorded as one: a library should not end its caller
		if what := recover(); what != nil {
			err = fmt.Errorf("panic: %v", what)
		}
	}()
	switch r.Op {
	case "hello":
		return hello(), nil
	case "make":
		run, err := maker(r)
		if err != nil {
			return nil, err
		}
		return answer{"token": run()}, nil
	case "read":
		run, err := reader(r)
		if err != nil {
			return nil, err
		}
		token, err := run()
		if err != nil {
			return nil, err
		}
		encode := base64.StdEncoding.EncodeToString
		return answer{"message": encode(token.ClaimsJSON()), "footer": encode(token.Footer())}, nil
	case "bench":
		return bench(r)
	}
	return nil, fmt.Errorf("operation %s is unknown", r.Op)
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			panic(err)
		}
		result, err := handle(r)
		if err != nil {
			result = answer{"refused": err.Error()}
		}
		out.Encode(result)
	}
}
