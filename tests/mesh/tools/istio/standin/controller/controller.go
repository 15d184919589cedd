// Package agentgateway stands in for Istio's control of a data plane that the tests do not use: the original
// needs a Go module that public registries do not all serve. The feature is off by default, so nothing here runs.
package agentgateway

import (
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/status"
	"istio.io/istio/pilot/pkg/xds"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pilot/pkg/serviceregistry/kube/controller"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Controller has the shape that Istio's bootstrap expects.
type Controller struct {
	model.ConfigStoreController
	Registrations []xds.Registration
}

// NewAgwController is called only where PILOT_ENABLE_AGENTGATEWAY is set.
func NewAgwController(
	kube.Client, func(schema.GroupVersionResource, <-chan struct{}) bool, controller.Options,
) *Controller {
	panic("agentgateway is not part of these tests")
}

// SetStatusWrite does nothing.
func (c *Controller) SetStatusWrite(bool, *status.Manager) {}

// Reconcile does nothing.
func (c *Controller) Reconcile(*model.PushContext) {}
