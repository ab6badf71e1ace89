package gateway

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// KeySet is the public keys of user pools.
type KeySet struct{ keys map[string]*rsa.PublicKey }

// ParseKeySet reads a JSON Web Key Set, as a user pool serves it at
// /.well-known/jwks.json.
func ParseKeySet(data []byte) (*KeySet, error) {
	var set struct {
		Keys []struct{ Kid, Kty, N, E string }
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("the key set is not JSON: %w", err)
	}
	out := &KeySet{keys: map[string]*rsa.PublicKey{}}
	for _, k := range set.Keys {
		if k.Kty != "RSA" {
			continue
		}
		n, err1 := base64.RawURLEncoding.DecodeString(k.N)
		e, err2 := base64.RawURLEncoding.DecodeString(k.E)
		exponent := new(big.Int).SetBytes(e)
		if err1 != nil || err2 != nil || len(n) == 0 || !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() >= 1<<31 {
			return nil, fmt.Errorf("the key %q of the key set is not an RSA key", k.Kid)
		}
		out.keys[k.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}
	}
	if len(out.keys) == 0 {
		return nil, errors.New("the key set holds no RSA key; a user pool serves its own at https://cognito-idp.REGION.amazonaws.com/POOL/.well-known/jwks.json")
	}
	return out, nil
}

// verify checks the signature of a token.
func (s *KeySet) verify(t token) error {
	if t.header.Alg != "RS256" {
		return fmt.Errorf("its algorithm is %q, not RS256", t.header.Alg)
	}
	key, ok := s.keys[t.header.Kid]
	if !ok {
		return fmt.Errorf("no key of the key set has the token's kid %q", t.header.Kid)
	}
	signature, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(t.signature, "="))
	if err != nil {
		return errors.New("it is not base64")
	}
	sum := sha256.Sum256([]byte(t.signed))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) != nil {
		return errors.New("it is not that of the key")
	}
	return nil
}
