"""Answers what Ray Serve makes of a Serve config; run it with the Python of an installation of ray[serve].

Each line on stdin is a Serve config as JSON, as KubeRay sends it, and each on stdout is why Ray
refuses it, or null. Ray's own code decides: the schema that the dashboard of the head parses the
config by, and what the controller checks when it runs the applications, as far as that does not
depend on their code: the runtime environments, and the route prefixes in releases that check
them. No head runs. An empty line is answered with the release of Ray, and `fields` with the keys
that its schema knows in each part of a config.
"""

import json
import logging
import sys
import warnings

import ray
from ray._private.utils import get_runtime_env_info
from ray.runtime_env import RuntimeEnv
from ray.serve import schema
from ray.serve._private import utils
from ray.serve.schema import ServeDeploySchema

PARTS = {
    "top": schema.ServeDeploySchema,
    "http_options": schema.HTTPOptionsSchema,
    "grpc_options": schema.gRPCOptionsSchema,
    "logging_config": schema.LoggingConfig,
    "application": schema.ServeApplicationSchema,
    "deployment": schema.DeploymentSchema,
    "ray_actor_options": schema.RayActorOptionsSchema,
}


def fields():
    """The keys of each part; pydantic 1 and 2 name them differently."""
    return {part: sorted(getattr(model, "model_fields", None) or model.__fields__) for part, model in PARTS.items()}


def environments(app):
    yield app.runtime_env
    for deployment in app.dict(exclude_unset=True).get("deployments", []):
        yield (deployment.get("ray_actor_options") or {}).get("runtime_env", {})


def check_route(prefix):
    """What Ray's releases check in different places, the later ones here."""
    if hasattr(utils, "validate_route_prefix"):
        return utils.validate_route_prefix(prefix)
    if prefix is not None and (not prefix.startswith("/") or len(prefix) > 1 and prefix.endswith("/")):
        raise ValueError("the proxy asserts that a route prefix begins with / and does not end with it")


def answer(config):
    try:
        config = ServeDeploySchema.parse_obj(config)
        for app in config.applications:
            check_route(app.route_prefix)
            for environment in environments(app):
                get_runtime_env_info(RuntimeEnv(**(environment or {})), is_job_runtime_env=False, serialize=True)
    except Exception as error:
        first = error.errors()[0] if hasattr(error, "errors") else None
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else str(error)
        return f"{type(error).__name__}: {reason}".splitlines()[0]
    return None


def main():
    logging.disable()
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        config = line.strip()
        special = {"": lambda: ray.__version__, "fields": fields}
        print(json.dumps(special.get(config, lambda: answer(json.loads(config)))()), flush=True)


if __name__ == "__main__":
    main()
