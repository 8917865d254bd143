package studio

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"os"
	"strings"
)

// contentPolicy lets pages load what the server itself has, and nothing that is written into them.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-src 'self'; frame-ancestors 'self'"

// cookie is the name of the cookie that holds the token. Browsers send cookies of one port to others too.
func (o Options) cookie() string {
	if _, port, err := net.SplitHostPort(o.Address); err == nil {
		return "dataprism-" + port
	}
	return "dataprism"
}

// guarded lets through what comes from the pages themselves, or knows the token.
func (s *Server) guarded(next http.Handler) http.Handler {
	own := http.NewCrossOriginProtection()
	names := hostNames(s.Address)
	return s.answered(func(w http.ResponseWriter, r *http.Request) error {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !isHost(r.Host, names) {
			return refused("%q is no name of this server: open it by the address that it printed", r.Host)
		}
		if err := own.Check(r); err != nil || isForeign(r) {
			return refused("the request comes from a page of another site")
		}
		if s.Token != "" {
			if passed, err := s.admitted(w, r); err != nil || !passed {
				return err
			}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// isForeign says whether a page of another site, or of another server on this machine, has asked for something to use
// within it. Links from elsewhere lead here all the same.
func isForeign(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site != "" && site != "same-origin" && site != "none" && r.Header.Get("Sec-Fetch-Mode") != "navigate"
}

// hostNames are the names by which the server may be called.
func hostNames(address string) []string {
	names := []string{"localhost"}
	if host, _, err := net.SplitHostPort(address); err == nil && host != "" {
		names = append(names, strings.ToLower(host))
	}
	if own, err := os.Hostname(); err == nil && address != "" {
		own = strings.ToLower(own)
		names = append(names, own, own+".local")
	}
	return names
}

// isHost says whether the host of a request is a name of the server or a number. A name of somebody else's could be
// bound anew to this machine by who owns it, a number cannot.
func isHost(host string, names []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if net.ParseIP(host) != nil {
		return true
	}
	for _, name := range names {
		if host == name {
			return true
		}
	}
	return false
}

// admitted says whether the request knows the token. The address with the token is exchanged for a cookie, so that the
// token stays in no history.
func (s *Server) admitted(w http.ResponseWriter, r *http.Request) (bool, error) {
	if token := r.URL.Query().Get("token"); token != "" && r.URL.Path == "/" && r.Method == http.MethodGet {
		if !s.isToken(token) {
			return false, &problem{http.StatusUnauthorized, "the token is not that of this server: open the address that it printed when it was started"}
		}
		http.SetCookie(w, &http.Cookie{Name: s.cookie(), Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: 30 * 24 * 3600})
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return false, nil
	}
	if token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); found && s.isToken(token) {
		return true, nil
	}
	for _, c := range r.CookiesNamed(s.cookie()) {
		if s.isToken(c.Value) {
			return true, nil
		}
	}
	return false, &problem{http.StatusUnauthorized, "this server asks for a token: open the address that it printed when it was started"}
}

// isToken compares in a time that does not depend on the token.
func (s *Server) isToken(text string) bool {
	a, b := sha256.Sum256([]byte(text)), sha256.Sum256([]byte(s.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
