"""Every setting of the training can be searched, or a table says why not."""

from dataclasses import fields

from search_spaces.training_space import NOT_SEARCHED, TrainingSpace
from trainables.core.settings.config import AugmentationConfig, TrainingConfig


def test_every_setting_is_searched_or_named_with_a_reason() -> None:
    settings = {item.name for item in fields(TrainingConfig)}
    assert set(TrainingSpace.model_fields) == settings - set(NOT_SEARCHED)
    assert set(NOT_SEARCHED) <= settings
    assert all(NOT_SEARCHED.values())
    augmentation = TrainingSpace.section_of("augmentation")
    assert augmentation is not None
    assert set(augmentation.model_fields) == {item.name for item in fields(AugmentationConfig)}


def test_the_numbers_of_a_section_inside_are_searched_and_may_switch_it_off() -> None:
    space = TrainingSpace.model_validate({"augmentation": {"mixup": [0, 0.2], "rand_augment": {"num_ops": [0, 2]}}})
    assert [name for name, _ in space.searched()] == ["augmentation.rand_augment.num_ops", "augmentation.mixup"]
    drawn = {"augmentation": {"mixup": 0.2, "rand_augment": {"num_ops": 0}}}
    own = TrainingConfig(4, 32, 0.1)
    merged = TrainingConfig.from_dict(space.merged(own.to_dict(), drawn))
    assert merged.augmentation == AugmentationConfig(mixup=0.2)


def test_settings_are_explained_by_the_docstrings_of_the_section() -> None:
    schema = TrainingSpace.model_json_schema()
    assert schema["properties"]["lr"]["description"].startswith("L")
    for section in (schema, *schema["$defs"].values()):
        assert all("description" in value for value in section["properties"].values())
