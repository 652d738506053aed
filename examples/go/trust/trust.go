// Package trust verifies tokens of one issuer without asking tokend, with go-paseto, and follows tokend's feed. Copy it
// into your code base.
package trust

import (
	"sync"
	"time"

	"aidanwoods.dev/go-paseto"

	pb "shop.example/gen/pasetov1"
)

// MaxStaleness is the age beyond which trust is no longer relied upon.
const MaxStaleness = time.Minute

// Set holds what the feed says. All methods may be called from several goroutines.
type Set struct {
	mu          sync.RWMutex
	issuer      string
	keys        map[string]paseto.V4AsymmetricPublicKey // by kid
	revoked     map[named]*pb.Revocation                // tokens and sessions for ever, the others "all before now"
	confirmedAt time.Time
	changed     chan struct{} // closed at the next change
}

type named struct {
	kind pb.RevocationKind
	id   string
}

func newSet(issuer string) *Set {
	return &Set{issuer: issuer, revoked: map[named]*pb.Revocation{}, changed: make(chan struct{})}
}

// Changed gives a channel that is closed at the next change. Take it before looking.
func (s *Set) Changed() <-chan struct{} {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.changed
}

// Fresh says whether tokend has confirmed within MaxStaleness that nothing newer exists.
func (s *Set) Fresh() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.keys) > 0 && time.Since(s.confirmedAt) <= MaxStaleness
}

// Revoked says whether the token that has these claims is revoked.
func (s *Set) Revoked(claims *Claims) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.revoked[named{pb.RevocationKind_REVOCATION_KIND_TOKEN, claims.ID}] != nil ||
		s.revoked[named{pb.RevocationKind_REVOCATION_KIND_SESSION, claims.Session}] != nil {
		return true
	}
	for _, one := range []named{
		{pb.RevocationKind_REVOCATION_KIND_SUBJECT, claims.Subject},
		{pb.RevocationKind_REVOCATION_KIND_CLIENT, claims.Client},
		{pb.RevocationKind_REVOCATION_KIND_EVERYTHING, ""},
	} {
		record := s.revoked[one]
		if record == nil {
			continue
		}
		if claims.Revision != nil && *claims.Revision < record.Revision ||
			claims.Revision == nil && !claims.IssuedAt.After(record.RevokedAt.AsTime()) {
			return true
		}
	}
	return false
}

// RevokedSession says whether the session with this id is revoked.
func (s *Set) RevokedSession(id string) bool { return s.Revoked(&Claims{Session: id}) }

func (s *Set) change(apply func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	apply()
	close(s.changed)
	s.changed = make(chan struct{})
}
