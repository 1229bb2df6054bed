# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the simulator, put together; what starts and stops with it."""

from __future__ import annotations

import dataclasses
import logging

from . import NOTICE
from .auth import Accounts
from .boards import Boards
from .datasources import Datasources
from .faults import Faults
from .folders import Folders
from .history import History
from .metrics import Metrics
from .permissions import Permissions
from .profiles import PROFILES, Profile
from .provisioning import Provisioner
from .serviceaccounts import ServiceAccounts
from .settings import Settings
from .store import Store

LOG = logging.getLogger("grafana_sim")


def chosen(settings: Settings) -> Profile:
    """The version's own ways, but for what it may be told to do by a feature toggle."""
    profile = PROFILES[settings.profile]
    nested = profile.nested_folders or settings.nested_folders
    return dataclasses.replace(profile, nested_folders=nested)


class Simulator:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.data)
        self.profile = chosen(settings)
        self.history = History(self.store)
        self.permissions = Permissions(self.store)
        self.service_accounts = ServiceAccounts(self.store)
        self.accounts = Accounts(self.store, self.service_accounts)
        self.boards = Boards(self.store, settings.min_refresh, self.profile, self.history)
        self.folders = Folders(self.store, self.profile)
        self.datasources = Datasources(self.store)
        self.faults = Faults()
        self.metrics = Metrics()
        self.provisioner = Provisioner(
            settings.provisioning, self.store, self.boards, self.folders, self.datasources
        )

    def start(self) -> None:
        LOG.warning(NOTICE)
        for name in self.settings.without_effect:
            LOG.warning("setting without effect in the simulator: %s", name)
        self.store.open()
        self.accounts.initialise(self.settings.admin_user, self.settings.admin_password)
        self.provisioner.load_datasources()
        self.provisioner.load_dashboards()

    def stop(self) -> None:
        self.store.close()
