// Command charts prints what Istio's own charts make of the control plane and its webhooks, as JSON, one object a line.
// Each argument is a setting, as for the installer: `values.pilot.cni.enabled=true`.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"istio.io/istio/operator/pkg/render"
	"istio.io/istio/operator/pkg/util/clog"
)

func main() {
	if err := print(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func print(settings []string) error {
	sets, _, err := render.GenerateManifest(nil, settings, false, nil, clog.NewDefaultLogger())
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for _, set := range sets {
		for _, object := range set.Manifests {
			if err := out.Encode(object.Object); err != nil {
				return err
			}
		}
	}
	return nil
}
