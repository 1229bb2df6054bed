# SPDX-License-Identifier: GPL-3.0-or-later
"""Which blocks and arguments a job specification has, and where the API keeps them."""

from __future__ import annotations

import dataclasses
import typing as t

from . import shapes
from .shapes import words


@dataclasses.dataclass(frozen=True)
class Schema:
    """C(arguments): name -> (API key, kind). C(blocks): name -> Nested. The rest is refused."""

    arguments: t.Mapping[str, tuple[str, str]]
    blocks: t.Mapping[str, Nested] = dataclasses.field(default_factory=dict)
    beyond: t.Collection[str] = ()
    shape: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Nested:
    """C(how): one, many, map (free keys, text), any (free keys), named and keyed (one label: the
    name; a list, or a map by it)."""

    key: str
    how: str
    schema: Schema | None = None
    named: str = "Name"


def _arguments(spec: str) -> dict[str, tuple[str, str]]:
    """'name:Key:kind' by white space."""
    rows = (row.split(":") for row in spec.split())
    return {name: (key, kind) for name, key, kind in rows}


MAP, FREE = Nested("Meta", "map"), Nested("Config", "any")

CONSTRAINT = Schema(
    _arguments("attribute:LTarget:str operator:Operand:str value:RTarget:str"),
    beyond=frozenset(
        words(
            "distinct_hosts distinct_property regexp version semver set_contains set_contains_any "
            "set_contains_all is_set is_not_set"
        )
    ),
    shape=shapes.CONSTRAINT,
)
SPREAD = Schema(
    _arguments("attribute:Attribute:str weight:Weight:int"),
    beyond=frozenset({"target"}),
    shape=shapes.SPREAD,
)
RESTART = Schema(
    _arguments(
        "attempts:Attempts:int delay:Delay:duration interval:Interval:duration mode:Mode:str "
        "render_templates:RenderTemplates:bool"
    ),
    shape=shapes.RESTART,
)
RESCHEDULE = Schema(
    _arguments(
        "attempts:Attempts:int delay:Delay:duration delay_function:DelayFunction:str "
        "interval:Interval:duration max_delay:MaxDelay:duration unlimited:Unlimited:bool"
    ),
    shape=shapes.RESCHEDULE,
)
UPDATE = Schema(
    _arguments(
        "stagger:Stagger:duration max_parallel:MaxParallel:int health_check:HealthCheck:str "
        "min_healthy_time:MinHealthyTime:duration healthy_deadline:HealthyDeadline:duration "
        "progress_deadline:ProgressDeadline:duration auto_revert:AutoRevert:bool "
        "auto_promote:AutoPromote:bool canary:Canary:int"
    ),
    shape=shapes.UPDATE,
)
MIGRATE = Schema(
    _arguments(
        "max_parallel:MaxParallel:int health_check:HealthCheck:str "
        "min_healthy_time:MinHealthyTime:duration healthy_deadline:HealthyDeadline:duration"
    ),
    shape=shapes.MIGRATE,
)
CHECK = Schema(
    _arguments(
        "name:Name:str type:Type:str path:Path:str protocol:Protocol:str port:PortLabel:str "
        "address_mode:AddressMode:str interval:Interval:duration timeout:Timeout:duration "
        "method:Method:str initial_status:InitialStatus:str on_update:OnUpdate:str body:Body:str "
        "success_before_passing:SuccessBeforePassing:int task:TaskName:str expose:Expose:bool "
        "failures_before_critical:FailuresBeforeCritical:int tls_skip_verify:TLSSkipVerify:bool"
    ),
    beyond=words("header check_restart command args grpc_service grpc_use_tls"),
    shape=shapes.CHECK,
)
SERVICE = Schema(
    _arguments(
        "name:Name:str port:PortLabel:str address:Address:str address_mode:AddressMode:str "
        "tags:Tags:list canary_tags:CanaryTags:list provider:Provider:str task:TaskName:str "
        "on_update:OnUpdate:str enable_tag_override:EnableTagOverride:bool"
    ),
    {
        "meta": MAP,
        "canary_meta": Nested("CanaryMeta", "map"),
        "check": Nested("Checks", "many", CHECK),
    },
    frozenset(["connect", "check_restart", "tagged_addresses", "weights"]),
    shapes.SERVICE,
)
RESOURCES = Schema(
    _arguments("cpu:CPU:int memory:MemoryMB:int memory_max:MemoryMaxMB:int cores:Cores:int"),
    beyond=frozenset(["network", "device", "numa", "secrets", "disk", "iops"]),
    shape=shapes.RESOURCES,
)
LOGS = Schema(
    _arguments(
        "max_files:MaxFiles:int max_file_size:MaxFileSizeMB:int disabled:Disabled:bool "
        "enabled:Enabled:bool"
    ),
    shape=shapes.LOGS,
)
# What is beyond is for CSI volumes, or for dynamic ones of later versions.
VOLUME = Schema(
    _arguments("type:Type:str source:Source:str read_only:ReadOnly:bool"),
    beyond=words("access_mode attachment_mode mount_options per_alloc sticky"),
    shape=shapes.VOLUME,
)
VOLUME_MOUNT = Schema(
    _arguments(
        "volume:Volume:str destination:Destination:str read_only:ReadOnly:bool "
        "propagation_mode:PropagationMode:str"
    ),
    beyond=words("selinux_label"),
    shape=shapes.VOLUME_MOUNT,
)
# Whether a port is static or dynamic is told by its number.
PORT = Schema(_arguments("static:Value:int to:To:int"), beyond=("host_network",), shape=shapes.PORT)
NETWORK = Schema(
    _arguments("mode:Mode:str hostname:Hostname:str"),
    {"port": Nested("Ports", "named", PORT, "Label")},
    ("dns", "mbits"),
    shapes.NETWORK,
)
TASK = Schema(
    _arguments(
        "driver:Driver:str user:User:str leader:Leader:bool kill_timeout:KillTimeout:duration "
        "kill_signal:KillSignal:str shutdown_delay:ShutdownDelay:duration kind:Kind:str"
    ),
    {
        "config": FREE,
        "env": Nested("Env", "map"),
        "meta": MAP,
        "constraint": Nested("Constraints", "many", CONSTRAINT),
        "dispatch_payload": Nested(
            "DispatchPayload",
            "one",
            Schema(_arguments("file:File:str"), shape=shapes.DISPATCH_PAYLOAD),
        ),
        "resources": Nested("Resources", "one", RESOURCES),
        "restart": Nested("RestartPolicy", "one", RESTART),
        "logs": Nested("LogConfig", "one", LOGS),
        "service": Nested("Services", "many", SERVICE),
        "volume_mount": Nested("VolumeMounts", "many", VOLUME_MOUNT),
    },
    frozenset(
        words(
            "template vault artifact lifecycle affinity identity scaling csi_plugin "
            "action consul schedule secret"
        )
    ),
    shapes.TASK,
)
GROUP = Schema(
    _arguments("count:Count:int shutdown_delay:ShutdownDelay:duration"),
    {
        "meta": MAP,
        "constraint": Nested("Constraints", "many", CONSTRAINT),
        "spread": Nested("Spreads", "many", SPREAD),
        "restart": Nested("RestartPolicy", "one", RESTART),
        "reschedule": Nested("ReschedulePolicy", "one", RESCHEDULE),
        "update": Nested("Update", "one", UPDATE),
        "migrate": Nested("Migrate", "one", MIGRATE),
        "ephemeral_disk": Nested(
            "EphemeralDisk",
            "one",
            Schema(
                _arguments("size:SizeMB:int sticky:Sticky:bool migrate:Migrate:bool"),
                shape=shapes.DISK,
            ),
        ),
        "network": Nested("Networks", "many", NETWORK),
        "service": Nested("Services", "many", SERVICE),
        "volume": Nested("Volumes", "keyed", VOLUME),
        "task": Nested("Tasks", "named", TASK),
    },
    frozenset(
        words(
            "affinity scaling vault consul disconnect max_client_disconnect "
            "stop_after_client_disconnect prevent_reschedule_on_lost"
        )
    ),
    shapes.GROUP,
)
JOB = Schema(
    _arguments(
        "id:ID:str name:Name:str type:Type:str namespace:Namespace:str region:Region:str "
        "priority:Priority:int all_at_once:AllAtOnce:bool datacenters:Datacenters:list "
        "node_pool:NodePool:str"
    ),
    {
        "meta": MAP,
        "constraint": Nested("Constraints", "many", CONSTRAINT),
        "spread": Nested("Spreads", "many", SPREAD),
        "update": Nested("Update", "one", UPDATE),
        "migrate": Nested("Migrate", "one", MIGRATE),
        "reschedule": Nested("Reschedule", "one", RESCHEDULE),
        "parameterized": Nested(
            "ParameterizedJob",
            "one",
            Schema(
                _arguments(
                    "payload:Payload:str meta_required:MetaRequired:list "
                    "meta_optional:MetaOptional:list"
                ),
                shape=shapes.PARAMETERIZED,
            ),
        ),
        "group": Nested("TaskGroups", "named", GROUP),
    },
    frozenset(
        words(
            "periodic multiregion vault affinity task consul_token vault_token ui consul_namespace "
            "vault_namespace"
        )
    ),
    shapes.JOB,
)
