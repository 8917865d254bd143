package studio

import (
	"net/http"
	"slices"
	"strings"
)

// route is one thing that the server can be asked.
type route struct {
	method, path string
	do           action
}

// table are all routes. openapi.json describes those below /api/.
func (s *Server) table() []route {
	return []route{
		{"GET", "/{$}", s.pages.document},
		{"GET", staticPath, s.pages.file},
		{"GET", "/api", s.showAPI},
		{"GET", "/api/openapi.json", s.describeAPI},
		{"GET", "/api/features", s.features},
		{"GET", "/api/runs", s.listRuns},
		{"POST", "/api/runs", s.startRun},
		{"POST", "/api/runs/{run}/stop", s.stopRun},
		{"POST", "/api/runs/{run}/resume", s.resumeRun},
		{"GET", "/api/runs/{run}/events", s.watch},
		{"GET", "/api/runs/{run}/metrics", s.showMetrics},
		{"GET", "/api/runs/{run}/evaluation", s.showEvaluation},
		{"GET", "/api/runs/{run}/grids", s.listGrids},
		{"GET", "/api/runs/{run}/grids/{grid}", s.showGrid},
		{"GET", "/api/runs/{run}/trials", s.listTrials},
		{"GET", "/api/folders", s.listFolders},
		{"GET", "/api/runs/{run}/images", s.listImages},
		{"GET", "/api/runs/{run}/image", s.showImage},
		{"POST", "/api/runs/{run}/uploads", s.takeUpload},
		{"GET", "/api/runs/{run}/uploads/{upload}/picture", s.showUpload},
		{"POST", "/api/runs/{run}/project", s.project},
		{"POST", "/api/runs/{run}/animation", s.animate},
		{"POST", "/api/runs/{run}/sample", s.sample},
		{"GET", "/api/runs/{run}/map", s.showMap},
		{"GET", "/api/runs/{run}/directions", s.listDirections},
		{"POST", "/api/runs/{run}/walk", s.walk},
		{"POST", "/api/runs/{run}/selection", s.describeSelection},
		{"POST", "/api/runs/{run}/lists", s.writeList},
		{"GET", "/api/runs/{run}/findings", s.showFindings},
		{"POST", "/api/runs/{run}/audit", s.startAudit},
		{"GET", "/api/runs/{run}/report", s.showReport},
		{"GET", "/api/runs/{run}/patches", s.showPatches},
		{"GET", "/api/runs/{run}/duplicates", s.showDuplicates},
	}
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	var methods []string
	for _, r := range s.table() {
		mux.HandleFunc(r.method+" "+r.path, s.answered(r.do))
		if !slices.Contains(methods, r.method) {
			methods = append(methods, r.method)
		}
	}
	mux.HandleFunc("/", s.answered(func(w http.ResponseWriter, r *http.Request) error {
		// What is here by another method is named.
		var allowed []string
		for _, method := range methods {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); pattern != "/" {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			return &problem{http.StatusMethodNotAllowed, r.Method + " is not for " + r.URL.Path + ": use " + strings.Join(allowed, " or ")}
		}
		return missing("there is nothing at %s", r.URL.Path)
	}))
	return mux
}
