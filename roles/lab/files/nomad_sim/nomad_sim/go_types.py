# SPDX-License-Identifier: GPL-3.0-or-later
"""The structures into which a server of 1.6 reads requests: each field with the type Go gives it.

A field of an embedded structure is written with the way to it, as in C(Path=VariableMetadata.Path).
"""

from __future__ import annotations

import typing as t

MAP = "map[string]string"
# A token is read into a structure that has no name.
TOKEN = "struct { ExpirationTTL interface {}; Hash string; *structs.Alias }"
ALIASES = {"structs.VariableItems": MAP}

_FIELDS = {
    "api.JobRegisterRequest": (
        "EnforceIndex:bool EvalPriority:int Job:api.Job JobModifyIndex:uint64 PolicyOverride:bool "
        "PreserveCounts:bool Submission:api.JobSubmission"
    ),
    "api.JobPlanRequest": "Diff:bool Job:api.Job PolicyOverride:bool",
    "api.JobValidateRequest": "Job:api.Job",
    "api.JobsParseRequest": "Canonicalize:bool HCLv1:bool JobHCL:string Variables:string",
    "api.JobSubmission": f"Format:string Source:string VariableFlags:{MAP} Variables:string",
    "api.ScalingRequest": (
        f"Count:int64 Error:bool Message:string Meta:map[string]interface_{{}} "
        f"PolicyOverride:bool Target:{MAP}"
    ),
    "structs.JobDispatchRequest": f"IdPrefixTemplate:string JobID:string Meta:{MAP} Payload:[]uint8",
    "structs.JobRevertRequest": (
        "ConsulToken:string EnforcePriorVersion:uint64 JobID:string JobVersion:uint64 "
        "VaultToken:string"
    ),
    "structs.JobEvaluateRequest": "EvalOptions:structs.EvalOptions JobID:string",
    "structs.EvalOptions": "ForceReschedule:bool",
    "structs.DeploymentPromoteRequest": "All:bool DeploymentID:string Groups:[]string",
    "structs.DeploymentPauseRequest": "DeploymentID:string Pause:bool",
    "structs.DeploymentFailRequest": "DeploymentID:string",
    "structs.VariableDecrypted": (
        "CheckIndex=VariableMetadata.ModifyIndex:uint64 Items:structs.VariableItems "
        "Namespace=VariableMetadata.Namespace:string Path=VariableMetadata.Path:string"
    ),
    "structs.Namespace": (
        f"Capabilities:structs.NamespaceCapabilities Description:string Meta:{MAP} Name:string "
        "NodePoolConfiguration:structs.NamespaceNodePoolConfiguration Quota:string"
    ),
    "structs.NamespaceCapabilities": "DisabledTaskDrivers:[]string EnabledTaskDrivers:[]string",
    "structs.NamespaceNodePoolConfiguration": "Allowed:[]string Default:string Denied:[]string",
    "structs.NodeUpdateEligibilityRequest": "Eligibility:string NodeID:string",
    "api.NodeUpdateDrainRequest": (
        f"DrainSpec:api.DrainSpec MarkEligible:bool Meta:{MAP} NodeID:string"
    ),
    "api.DrainSpec": "Deadline:time.Duration IgnoreSystemJobs:bool",
    "structs.NodeMetaApplyRequest": "Meta:map[string]*string NodeID:string",
    "api.AllocationRestartRequest": "AllTasks:bool TaskName:string",
    "structs.ACLTokenBootstrapRequest": "BootstrapSecret:string",
    "structs.ACLPolicy": "Description:string JobACL:structs.JobACL Name:string Rules:string",
    "structs.JobACL": "Group:string JobID:string Namespace:string Task:string",
    TOKEN: (
        "AccessorID=Alias.AccessorID:string ExpirationTTL:interface_{} "
        "ExpirationTime=Alias.ExpirationTime:string Global=Alias.Global:bool Name=Alias.Name:string "
        "Policies=Alias.Policies:[]string Roles=Alias.Roles:[]*structs.ACLTokenRoleLink "
        "Type=Alias.Type:string"
    ),
    "structs.ACLTokenRoleLink": "ID:string Name:string",
    # The job
    "api.Job": (
        "Affinities:interface_{} AllAtOnce:bool Constraints:[]*api.Constraint ConsulNamespace:string "
        "ConsulToken:string CreateIndex:uint64 Datacenters:[]string DispatchIdempotencyToken:string "
        f"Dispatched:bool ID:string JobModifyIndex:uint64 Meta:{MAP} Migrate:api.MigrateStrategy "
        "ModifyIndex:uint64 Multiregion:interface_{} Name:string Namespace:string NodePool:string "
        "NomadTokenID:string ParameterizedJob:api.ParameterizedJobConfig ParentID:string "
        "Payload:[]uint8 Periodic:interface_{} Priority:int Region:string "
        "Reschedule:api.ReschedulePolicy Spreads:[]*api.Spread Stable:bool Status:string "
        "StatusDescription:string Stop:bool SubmitTime:int64 TaskGroups:[]*api.TaskGroup Type:string "
        "Update:api.UpdateStrategy VaultNamespace:string VaultToken:string Version:uint64"
    ),
    "api.TaskGroup": (
        "Affinities:interface_{} Constraints:[]*api.Constraint Consul:api.Consul Count:int "
        "EphemeralDisk:api.EphemeralDisk MaxClientDisconnect:time.Duration "
        f"Meta:{MAP} Migrate:api.MigrateStrategy Name:string "
        "Networks:[]*api.NetworkResource "
        "ReschedulePolicy:api.ReschedulePolicy RestartPolicy:api.RestartPolicy "
        "Scaling:interface_{} Services:[]*api.Service ShutdownDelay:time.Duration "
        "Spreads:[]*api.Spread StopAfterClientDisconnect:time.Duration Tasks:[]*api.Task "
        "Update:api.UpdateStrategy Volumes:map[string]*api.VolumeRequest"
    ),
    "api.Task": (
        "Affinities:interface_{} Artifacts:interface_{} CSIPluginConfig:interface_{} "
        "Config:map[string]interface_{} Constraints:[]*api.Constraint "
        f"DispatchPayload:api.DispatchPayloadConfig Driver:string Env:{MAP} Identity:interface_{{}} "
        "KillSignal:string KillTimeout:time.Duration Kind:string Leader:bool Lifecycle:interface_{} "
        f"LogConfig:api.LogConfig Meta:{MAP} Name:string Resources:api.Resources "
        "RestartPolicy:api.RestartPolicy ScalingPolicies:interface_{} Services:[]*api.Service "
        "ShutdownDelay:time.Duration Templates:interface_{} User:string Vault:interface_{} "
        "VolumeMounts:[]*api.VolumeMount"
    ),
    "api.Constraint": "LTarget:string Operand:string RTarget:string",
    "api.Consul": "Namespace:string",
    "api.Spread": "Attribute:string SpreadTarget:[]*api.SpreadTarget Weight:int8",
    "api.SpreadTarget": "Percent:uint8 Value:string",
    "api.RestartPolicy": (
        "Attempts:int Delay:time.Duration Interval:time.Duration Mode:string RenderTemplates:bool"
    ),
    "api.ReschedulePolicy": (
        "Attempts:int Delay:time.Duration DelayFunction:string Interval:time.Duration "
        "MaxDelay:time.Duration Unlimited:bool"
    ),
    "api.UpdateStrategy": (
        "AutoPromote:bool AutoRevert:bool Canary:int HealthCheck:string "
        "HealthyDeadline:time.Duration MaxParallel:int MinHealthyTime:time.Duration "
        "ProgressDeadline:time.Duration Stagger:time.Duration"
    ),
    "api.MigrateStrategy": (
        "HealthCheck:string HealthyDeadline:time.Duration MaxParallel:int "
        "MinHealthyTime:time.Duration"
    ),
    "api.EphemeralDisk": "Migrate:bool SizeMB:int Sticky:bool",
    "api.LogConfig": "Disabled:bool Enabled:bool MaxFileSizeMB:int MaxFiles:int",
    "api.DispatchPayloadConfig": "File:string",
    "api.ParameterizedJobConfig": "MetaOptional:[]string MetaRequired:[]string Payload:string",
    "api.Resources": (
        "CPU:int Cores:int Devices:interface_{} DiskMB:int IOPS:int MemoryMB:int MemoryMaxMB:int "
        "Networks:interface_{}"
    ),
    "api.NetworkResource": (
        "CIDR:string DNS:interface_{} Device:string DynamicPorts:[]api.Port Hostname:string "
        "IP:string MBits:int Mode:string ReservedPorts:[]api.Port"
    ),
    "api.Port": "HostNetwork:string Label:string To:int Value:int",
    "api.VolumeRequest": (
        "AccessMode:string AttachmentMode:string MountOptions:interface_{} Name:string "
        "PerAlloc:bool ReadOnly:bool Source:string Type:string"
    ),
    "api.VolumeMount": "Destination:string PropagationMode:string ReadOnly:bool Volume:string",
    "api.Service": (
        f"Address:string AddressMode:string CanaryMeta:{MAP} CanaryTags:[]string "
        "CheckRestart:interface_{} Checks:[]api.ServiceCheck Connect:interface_{} "
        f"EnableTagOverride:bool Meta:{MAP} Name:string OnUpdate:string PortLabel:string "
        f"Provider:string TaggedAddresses:{MAP} Tags:[]string TaskName:string"
    ),
    "api.ServiceCheck": (
        "AddressMode:string Advertise:string Args:[]string Body:string CheckRestart:interface_{} "
        "Command:string Expose:bool FailuresBeforeCritical:int GRPCService:string GRPCUseTLS:bool "
        "Header:map[string][]string InitialStatus:string Interval:time.Duration Method:string "
        "Name:string OnUpdate:string Path:string PortLabel:string Protocol:string "
        "SuccessBeforePassing:int TLSServerName:string TLSSkipVerify:bool TaskName:string "
        "Timeout:time.Duration Type:string"
    ),
}


class Field(t.NamedTuple):
    """C(shown): how errors name it; C(kind): its type in Go's notation."""

    name: str
    shown: str
    kind: str


def _field(row: str) -> Field:
    name, _colon, kind = row.partition(":")
    name, _sign, shown = name.partition("=")
    return Field(name, shown or name, kind.replace("_", " "))


STRUCTS: dict[str, dict[str, Field]] = {
    struct: {f.name.lower(): f for f in map(_field, rows.split())}
    for struct, rows in _FIELDS.items()
}
