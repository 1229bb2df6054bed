# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of the API's objects, each with what stands there when nothing is said."""

from __future__ import annotations

import copy
import typing as t

Data = dict[str, t.Any]
SECOND = 1_000_000_000
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND


def words(text: str) -> tuple[str, ...]:
    """Names, written as text to be read in one go."""
    return tuple(text.split())


def _nulls(names: str, **values: t.Any) -> Data:
    return {**dict.fromkeys(names.split()), **values}


JOB = _nulls(
    "Affinities AllAtOnce Constraints ConsulNamespace ConsulToken CreateIndex Datacenters "
    "DispatchIdempotencyToken ID JobModifyIndex Meta Migrate ModifyIndex Multiregion Name "
    "Namespace NodePool NomadTokenID ParameterizedJob ParentID Payload Periodic Priority Region "
    "Reschedule Spreads Stable Status StatusDescription Stop SubmitTime TaskGroups Type Update "
    "VaultNamespace VaultToken Version",
    Dispatched=False,
)
GROUP = _nulls(
    "Affinities Constraints Consul Count EphemeralDisk MaxClientDisconnect Meta Migrate Name "
    "Networks ReschedulePolicy RestartPolicy Scaling Services ShutdownDelay Spreads "
    "StopAfterClientDisconnect Tasks Update Volumes"
)
TASK = _nulls(
    "Affinities Artifacts Config Constraints DispatchPayload Env Identity KillTimeout "
    "Lifecycle LogConfig Meta Name Resources RestartPolicy ScalingPolicies Services Templates "
    "Vault VolumeMounts",
    Driver="",
    KillSignal="",
    Kind="",
    Leader=False,
    ShutdownDelay=0,
    User="",
)
SERVICE = _nulls(
    "CanaryMeta CanaryTags CheckRestart Checks Connect Meta TaggedAddresses Tags",
    Address="",
    AddressMode="",
    EnableTagOverride=False,
    Name="",
    OnUpdate="",
    PortLabel="",
    Provider="",
    TaskName="",
)
CHECK = _nulls(
    "Args CheckRestart Header",
    AddressMode="",
    Advertise="",
    Body="",
    Command="",
    Expose=False,
    FailuresBeforeCritical=0,
    GRPCService="",
    GRPCUseTLS=False,
    InitialStatus="",
    Interval=0,
    Method="",
    Name="",
    OnUpdate="",
    Path="",
    PortLabel="",
    Protocol="",
    SuccessBeforePassing=0,
    TLSServerName="",
    TLSSkipVerify=False,
    TaskName="",
    Timeout=0,
    Type="",
)
NETWORK = _nulls(
    "DNS DynamicPorts MBits ReservedPorts", CIDR="", Device="", Hostname="", IP="", Mode=""
)
PORT: Data = {"HostNetwork": "", "Label": "", "To": 0, "Value": 0}
RESOURCES = _nulls("CPU Cores Devices DiskMB IOPS MemoryMB MemoryMaxMB Networks")
RESTART = _nulls("Attempts Delay Interval Mode RenderTemplates")
RESCHEDULE = _nulls("Attempts Delay DelayFunction Interval MaxDelay Unlimited")
LOGS = _nulls("Disabled Enabled MaxFileSizeMB MaxFiles")
DISK = _nulls("Migrate SizeMB Sticky")
PARAMETERIZED = _nulls("MetaOptional MetaRequired", Payload="")
DISPATCH_PAYLOAD: Data = {"File": ""}
CONSTRAINT: Data = {"LTarget": "", "Operand": "", "RTarget": ""}
SPREAD: Data = {"Attribute": "", "SpreadTarget": None, "Weight": None}
VOLUME: Data = {
    "AccessMode": "", "AttachmentMode": "", "MountOptions": None, "Name": "", "PerAlloc": False,
    "ReadOnly": False, "Source": "", "Type": "",
}  # fmt: skip
VOLUME_MOUNT = _nulls("Destination PropagationMode ReadOnly Volume")
UPDATE = _nulls(
    "AutoPromote AutoRevert Canary HealthCheck HealthyDeadline MaxParallel MinHealthyTime "
    "ProgressDeadline Stagger"
)
MIGRATE = _nulls("HealthCheck HealthyDeadline MaxParallel MinHealthyTime")

DEFAULT_RESTART = {
    "batch": {"Attempts": 3, "Delay": 15 * SECOND, "Interval": 24 * HOUR, "Mode": "fail",
              "RenderTemplates": False},
    "service": {"Attempts": 2, "Delay": 15 * SECOND, "Interval": 30 * MINUTE, "Mode": "fail",
                "RenderTemplates": False},
}  # fmt: skip
DEFAULT_RESCHEDULE = {
    "batch": {"Attempts": 1, "Delay": 5 * SECOND, "DelayFunction": "constant",
              "Interval": 24 * HOUR, "MaxDelay": 0, "Unlimited": False},
    "service": {"Attempts": 0, "Delay": 30 * SECOND, "DelayFunction": "exponential",
                "Interval": 0, "MaxDelay": HOUR, "Unlimited": True},
}  # fmt: skip
DEFAULT_UPDATE: Data = {
    "AutoPromote": False, "AutoRevert": False, "Canary": 0, "HealthCheck": "checks",
    "HealthyDeadline": 5 * MINUTE, "MaxParallel": 1, "MinHealthyTime": 10 * SECOND,
    "ProgressDeadline": 10 * MINUTE, "Stagger": 30 * SECOND,
}  # fmt: skip
DEFAULT_MIGRATE: Data = {
    "HealthCheck": "checks", "HealthyDeadline": 5 * MINUTE, "MaxParallel": 1,
    "MinHealthyTime": 10 * SECOND,
}  # fmt: skip
DEFAULT_RESOURCES: Data = {"CPU": 100, "MemoryMB": 300, "Cores": 0}
DEFAULT_LOGS: Data = {"Disabled": False, "MaxFileSizeMB": 10, "MaxFiles": 10}
DEFAULT_DISK: Data = {"Migrate": False, "SizeMB": 300, "Sticky": False}
DEFAULT_MOUNT: Data = {"PropagationMode": "private", "ReadOnly": False}
NO_UPDATE: Data = {
    "AutoPromote": False, "AutoRevert": False, "Canary": 0, "HealthCheck": "",
    "HealthyDeadline": 0, "MaxParallel": 0, "MinHealthyTime": 0, "ProgressDeadline": 0,
    "Stagger": 0,
}  # fmt: skip


def new(shape: Data, **values: t.Any) -> Data:
    return {**copy.deepcopy(shape), **values}


def filled(data: Data | None, defaults: Data, shape: Data | None = None) -> Data:
    """C(data) with the defaults where it says nothing."""
    base = {**copy.deepcopy(shape or {}), **(data or {})}
    return {**base, **{k: v for k, v in defaults.items() if base.get(k) is None}}
