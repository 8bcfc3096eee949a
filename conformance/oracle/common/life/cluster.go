package life

import (
	"context"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// raise does what the RayCluster controller would: a cluster is ready at once, with its head pod and service, unless it
// is suspended or its head has no container.
func (w *World) raise(ctx context.Context) error {
	clusters, err := w.clusters(ctx)
	if err != nil {
		return err
	}
	for i := range clusters {
		cluster := &clusters[i]
		suspended := cluster.Spec.Suspend != nil && *cluster.Spec.Suspend
		headless := len(cluster.Spec.HeadGroupSpec.Template.Spec.Containers) == 0
		if suspended || headless || cluster.Status.State == rayv1.Ready {
			continue
		}
		if err := w.make(ctx, cluster); err != nil {
			return err
		}
	}
	return nil
}

// make gives a cluster its head service and pod and calls it ready.
func (w *World) make(ctx context.Context, cluster *rayv1.RayCluster) error {
	name, err := utils.GenerateHeadServiceName(utils.RayClusterCRD, cluster.Spec, cluster.Name)
	if err != nil {
		return err
	}
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: cluster.Namespace}}
	service.Spec.Ports = []corev1.ServicePort{{Name: utils.DashboardPortName, Port: utils.DefaultDashboardPort}}
	if err := w.client.Create(ctx, service); err != nil {
		return err
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name:      headName(cluster),
		Namespace: cluster.Namespace,
		Labels: map[string]string{
			utils.RayClusterLabelKey:  cluster.Name,
			utils.RayNodeTypeLabelKey: string(rayv1.HeadNode),
		},
	}}
	pod.Spec.Containers = cluster.Spec.HeadGroupSpec.Template.Spec.Containers
	if err := w.client.Create(ctx, pod); err != nil {
		return err
	}
	cluster.Status.State = rayv1.Ready
	return w.client.Status().Update(ctx, cluster)
}

func headName(cluster *rayv1.RayCluster) string { return cluster.Name + "-head" }

// head reads the head pod of a cluster; nil if it has none.
func (w *World) head(ctx context.Context, cluster *rayv1.RayCluster) (*corev1.Pod, error) {
	pod := &corev1.Pod{}
	if err := w.client.Get(ctx, client.ObjectKey{Namespace: cluster.Namespace, Name: headName(cluster)}, pod); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return pod, nil
}
