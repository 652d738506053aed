// Package trust verifies tokens of one issuer without asking tokend, with go-paseto, and follows tokend's feed. Copy it
// into your code base.
package trust

import (
	"fmt"
	"maps"
	"sync"
	"time"

	"aidanwoods.dev/go-paseto"

	pb "shop.example/gen/pasetov1"
)

// MaxStaleness is the age beyond which trust is no longer relied upon.
const MaxStaleness = time.Minute

const forgetEvery = time.Minute // between looks for revocations that nobody needs any more

// Set holds what the feed says. All methods may be called from several goroutines.
type Set struct {
	mu          sync.RWMutex
	issuer      string
	keys        map[string]paseto.V4AsymmetricPublicKey // by kid
	revoked     map[named]*pb.Revocation                // tokens and sessions for ever, the others "all before now"
	confirmedAt time.Time
	forgotAt    time.Time
	changed     chan struct{} // closed at the next change
}

type named struct {
	kind pb.RevocationKind
	id   string
}

// NewSet is empty; Follow fills one.
func NewSet(issuer string) *Set {
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

// Add takes all of them, or none: one of an unknown kind is an error, and the set must not call itself up to date then.
func (s *Set) Add(revocations ...*pb.Revocation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(revocations)
}

func (s *Set) add(revocations []*pb.Revocation) error {
	for _, one := range revocations {
		if pb.RevocationKind_name[int32(one.Kind)] == "" || one.Kind == 0 {
			return fmt.Errorf("a revocation of a kind that this program does not know")
		}
	}
	for _, one := range revocations {
		s.revoked[named{one.Kind, one.Id}] = one
	}
	return nil
}

// ReplaceAll takes these in the place of all others, or stays as it is.
func (s *Set) ReplaceAll(revocations ...*pb.Revocation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replaceAll(revocations)
}

func (s *Set) replaceAll(revocations []*pb.Revocation) error {
	before := s.revoked
	s.revoked = map[named]*pb.Revocation{}
	err := s.add(revocations)
	if err != nil {
		s.revoked = before
	}
	return err
}

// Forget drops revocations that no living token can need any more; without it they would only ever grow.
func (s *Set) Forget(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now)
}

func (s *Set) forget(now time.Time) {
	maps.DeleteFunc(s.revoked, func(_ named, one *pb.Revocation) bool { return one.ForgetAfter.AsTime().Before(now) })
	s.forgotAt = now
}

func (s *Set) change(apply func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	apply()
	close(s.changed)
	s.changed = make(chan struct{})
}
