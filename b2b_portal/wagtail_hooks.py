from wagtail import hooks

from .cms.admin.chooser import account_chooser
from .cms.admin.log_actions import register_log_actions
from .cms.admin.old_data import add_old_data_panel
from .cms.policies import register_policies
from .cms.private import keep_private
from .cms.viewsets import PortalViewSetGroup

register_policies()
hooks.register("register_admin_viewset", lambda: [account_chooser, PortalViewSetGroup()])
hooks.register("on_serve_page", keep_private)
hooks.register("register_log_actions", register_log_actions)
hooks.register("construct_homepage_panels", add_old_data_panel)
