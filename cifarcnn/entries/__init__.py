"""Everything that a spec can name, one folder for each kind.

`MODULES` is the only place that says where the entries of a kind are. A registry imports the
package of its kind when it is first asked for an entry. The package's `__init__.py` imports its
modules in the order in which their entries are listed.
"""

from cifarcnn.language import entry_modules

MODULES = {
    "layer": "cifarcnn.entries.layers",
    "initializer": "cifarcnn.entries.initializers",
    "regularizer": "cifarcnn.entries.regularizers",
    "augmentation": "cifarcnn.entries.augmentations",
    "loss": "cifarcnn.entries.losses",
    "schedule": "cifarcnn.entries.schedules",
    "optimizer": "cifarcnn.entries.optimizers",
    "weight averaging": "cifarcnn.entries.weight_averaging",
    "callback": "cifarcnn.entries.callbacks",
}


def _import_plugins() -> None:
    from cifarcnn.user_code.installed import installed_plugins

    installed_plugins()


entry_modules.provide(MODULES, _import_plugins)
