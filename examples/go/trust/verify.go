package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"aidanwoods.dev/go-paseto"
)

const longestToken = 6144 // bytes; the issuer makes no longer ones

// Refused is why a token is not good. Reason is a value of paseto.v1.Reason, in lower case and without its prefix.
type Refused struct{ Reason, Text string }

func (r *Refused) Error() string { return r.Reason + ": " + r.Text }

// Claims of a good token.
type Claims struct {
	Issuer    string                     `json:"iss"`
	Subject   string                     `json:"sub"`
	Audience  Audiences                  `json:"aud"`
	Expires   time.Time                  `json:"exp"`
	NotBefore time.Time                  `json:"nbf"`
	IssuedAt  time.Time                  `json:"iat"`
	ID        string                     `json:"jti"`
	Type      string                     `json:"type"`
	Session   string                     `json:"sid"`
	Client    string                     `json:"client_id"`
	Scope     string                     `json:"scope"`
	Fresh     bool                       `json:"fresh"`
	Revision  *int64                     `json:"rev"`
	Confirm   map[string]string          `json:"cnf"` // what the token is bound to (RFC 8705 section 3)
	Custom    map[string]json.RawMessage `json:"-"`   // all claims, these included
}

// Audiences is one string, or several.
type Audiences []string

func (a *Audiences) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		return json.Unmarshal(text, (*[]string)(a))
	}
	*a = make([]string, 1)
	return json.Unmarshal(text, &(*a)[0])
}

// Verify gives the claims of a good token, or *Refused.
//
// go-paseto checks form and signature. What it leaves to its caller is done here: only v4.public is taken, the key is the
// one that the token names and never one from the token, no key stands twice in the JSON, `exp` must be there, and type,
// audience, issuer, times and revocation are judged.
//
// A token that is bound to a certificate is good only for the caller that proved `certificate`, in DER, or nil.
func (s *Set) Verify(token, audience, kind string, certificate []byte, now time.Time) (*Claims, error) {
	claims, err := s.signedClaims(token)
	switch {
	case err != nil:
		return nil, err
	case claims.Issuer != s.issuer || s.issuer == "":
		return nil, &Refused{"wrong_issuer", "the token is of another issuer"}
	case !slices.Contains(claims.Audience, audience):
		return nil, &Refused{"wrong_audience", "the token is for another audience"}
	case claims.Expires.Before(now):
		return nil, &Refused{"token_expired", "the token expired; refresh it and call again"}
	case claims.NotBefore.After(now) || claims.IssuedAt.After(now.Add(time.Second)):
		return nil, &Refused{"token_not_yet_valid", "the token is not valid yet; check the clocks"}
	case claims.Type != kind:
		return nil, &Refused{"wrong_type", "a token of the type " + kind + " is needed"}
	case len(claims.Confirm) > 0 && !maps.Equal(claims.Confirm, map[string]string{"x5t#S256": thumbprint(certificate)}):
		return nil, &Refused{"certificate_mismatch", "the token is bound to another certificate than the caller's"}
	case s.Revoked(claims):
		return nil, &Refused{"token_revoked", "the token was revoked; sign in again"}
	}
	return claims, nil
}

func thumbprint(certificate []byte) string {
	if certificate == nil {
		return ""
	}
	sum := sha256.Sum256(certificate)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (s *Set) signedClaims(token string) (*Claims, error) {
	parts := strings.Split(token, ".")
	if len(token) > longestToken || len(parts) != 4 {
		return nil, &Refused{"token_malformed", "not a token with a footer"}
	}
	if parts[0] != "v4" || parts[1] != "public" {
		return nil, &Refused{"token_not_accepted", "only v4.public is accepted"}
	}
	// The footer is not verified yet: it may only choose among the keys that we hold.
	var footer struct{ Kid string }
	text, err := base64.RawURLEncoding.Strict().DecodeString(parts[3])
	if err != nil || uniqueKeys(text) != nil || json.Unmarshal(text, &footer) != nil {
		return nil, &Refused{"token_malformed", "the footer is not a JSON object with a kid"}
	}
	s.mu.RLock()
	key, known := s.keys[footer.Kid]
	s.mu.RUnlock()
	if !known {
		return nil, &Refused{"key_unknown", "no usable key has the id of the token"}
	}
	parsed, err := paseto.MakeParser(nil).ParseV4Public(key, token, nil) // the rules are Verify's
	if err != nil {
		return nil, &Refused{"signature_invalid", "the signature does not match"}
	}
	body, _ := base64.RawURLEncoding.Strict().DecodeString(parts[2]) // as signed: the library keeps the last of equal keys
	payload := body[:len(body)-64]
	claims := &Claims{}
	if uniqueKeys(payload) != nil || json.Unmarshal(payload, claims) != nil {
		return nil, &Refused{"token_malformed", "the claims are not those of an access token"}
	}
	return claims, json.Unmarshal(parsed.ClaimsJSON(), &claims.Custom)
}

// uniqueKeys refuses an object with a key that stands twice, at any depth, and text after the object. encoding/json also
// takes names in another case, so two that differ in nothing else count as one.
func uniqueKeys(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := uniqueValue(decoder); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("text after the value")
	}
	return nil
}

func uniqueValue(decoder *json.Decoder) error {
	token, err := decoder.Token()
	opening, nested := token.(json.Delim)
	if err != nil || !nested {
		return err
	}
	seen := map[string]bool{}
	for decoder.More() {
		if opening == '{' {
			key, err := decoder.Token()
			if err != nil {
				return err
			}
			name := strings.ToLower(key.(string))
			if seen[name] {
				return fmt.Errorf("a key stands twice")
			}
			seen[name] = true
		}
		if err := uniqueValue(decoder); err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	return err
}
