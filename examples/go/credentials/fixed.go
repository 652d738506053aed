package credentials

import "context"

// Fixed puts one token on every call: the client token of a caller of tokend. It implements
// credentials.PerRPCCredentials.
type Fixed string

// GetRequestMetadata gives the token.
func (f Fixed) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(f)}, nil
}

// RequireTransportSecurity: the token travels on TLS only.
func (f Fixed) RequireTransportSecurity() bool { return true }
