"""Optuna's own view of what `unmask report --optuna` wrote.
  optuna_judge.py judge FILE   compares FILE with what optuna_storage_test.cc put in; prints "as wanted"
  optuna_judge.py schema FILE  compares the tables of FILE with those that Optuna makes; prints "as wanted"
  optuna_judge.py make FILE    a storage with a study of somebody else
"""

import datetime
import math
import sqlite3
import sys
import tempfile

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

optuna.logging.set_verbosity(optuna.logging.ERROR)


def tables(file):
    """Tables, columns with their types, keys and indices, whatever the spaces in the SQL."""
    database = sqlite3.connect(file)
    described = {}
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
        described[name] = (
            database.execute(f"PRAGMA table_info({name})").fetchall(),
            database.execute(f"PRAGMA foreign_key_list({name})").fetchall(),
            sorted(row[1:] for row in database.execute(f"PRAGMA index_list({name})")),
        )
    return described


def judge_schema(file):
    with tempfile.TemporaryDirectory() as folder:
        optuna.create_study(study_name="empty", storage=f"sqlite:///{folder}/own.db", direction="maximize")
        assert tables(file) == tables(f"{folder}/own.db")
        own = sqlite3.connect(f"{folder}/own.db")
        mine = sqlite3.connect(file)
        for query in ("SELECT * FROM alembic_version", "SELECT schema_version FROM version_info"):
            assert mine.execute(query).fetchall() == own.execute(query).fetchall(), query


def judge(file):
    judge_schema(file)
    storage = f"sqlite:///{file}"
    assert sorted(optuna.get_all_study_names(storage)) == ["other", 'tiny "one"']
    study = optuna.load_study(study_name='tiny "one"', storage=storage)
    assert study.direction == optuna.study.StudyDirection.MAXIMIZE
    assert study.user_attrs == {"unmask.run": "runs/tiny"}
    trials = study.trials
    assert [trial.number for trial in trials] == list(range(8))
    assert [trial.user_attrs["trial"] for trial in trials] == [0, 1, 2, 3, 4, 5, 6, 9]
    assert [trial.state for trial in trials] == [
        TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.WAITING, TrialState.WAITING,
        TrialState.RUNNING, TrialState.FAIL, TrialState.FAIL]
    assert [trial.value for trial in trials] == [0.875, 0.625, None, None, None, None, None, None]
    assert [list(trial.intermediate_values) for trial in trials] == [[1, 2], [1, 2], [1], [], [1], [], [1], []]
    assert trials[0].intermediate_values == {1: 0.5, 2: 0.875}
    assert trials[1].intermediate_values[1] == 0.625 and math.isnan(trials[1].intermediate_values[2])
    assert math.isnan(trials[6].intermediate_values[1])

    assert trials[0].params == {
        "optimizer.max_lr": 0.0012345678901234567, "model.dropout": 0.5, "train.epochs": 2, "model.head": "hidden",
        "data.train": '["base", "augment"]', "train.global_batch_size": 64, "augment.enabled": False}
    assert isinstance(trials[0].params["train.epochs"], int)
    assert trials[0].distributions == {
        "optimizer.max_lr": FloatDistribution(1e-4, 1e-2, log=True),
        "model.dropout": FloatDistribution(0.25, 0.75),
        "train.epochs": IntDistribution(1, 3),
        "model.head": CategoricalDistribution(["linear", "hidden"]),
        "data.train": CategoricalDistribution(['["base"]', '["base", "augment"]']),
        "train.global_batch_size": CategoricalDistribution([32, 64]),
        "augment.enabled": CategoricalDistribution([True, False])}
    assert trials[3].params == {"train.epochs": 3}

    scores = {"base.loss": 0.25, "base.frame_accuracy": 0.5, "base.balanced_accuracy": 0.5, "base.frame_auc": 0.625,
              "base.video_auc": 0.75, "augment.loss": 0.125, "augment.frame_accuracy": 0.5,
              "augment.frame_auc": 0.625, "augment.video_auc": 1}
    assert trials[0].user_attrs == {
        "trial": 0, "repeat": 0, "state": "done", "seed": 7, "train": "augment,base", "best_epoch": 2, **scores}
    assert trials[1].user_attrs["seed"] == 8 and trials[1].user_attrs["reason"] == "below the median"
    assert trials[2].user_attrs["reason"] == 'step 3: grüß "x"'
    assert trials[4].user_attrs["state"] == "paused"
    assert trials[7].user_attrs == {"trial": 9, "repeat": 1, "state": "failed", "reason": "no such store"}

    time = datetime.datetime
    assert trials[0].datetime_start == time(2026, 11, 22, 21, 56, 40, 500000)
    assert trials[0].datetime_complete == time(2026, 11, 23, 0, 0, 5)
    assert trials[2].datetime_start is None and trials[2].datetime_complete is None
    assert trials[4].datetime_start == time(2026, 11, 22, 21, 59, 29) and trials[4].datetime_complete is None

    assert study.best_trial.number == 0 and study.best_value == 0.875
    frame = study.trials_dataframe()
    assert list(frame["number"]) == list(range(8)) and frame["value"][0] == 0.875
    assert frame["params_optimizer.max_lr"][0] == 0.0012345678901234567
    assert frame["user_attrs_augment.video_auc"][0] == 1

    # A sampler learns from it and goes on.
    study = optuna.load_study(study_name="other", storage=storage, sampler=optuna.samplers.TPESampler(seed=1))
    assert study.best_params == trials[0].params and study.trials[0].datetime_start is None
    asked = study.ask(trials[0].distributions)
    study.tell(asked, 0.9)
    assert study.best_trial.number == 1


if sys.argv[1] == "judge":
    judge(sys.argv[2])
    print("as wanted")
elif sys.argv[1] == "schema":
    judge_schema(sys.argv[2])
    print("as wanted")
else:
    optuna.create_study(study_name="mine", storage=f"sqlite:///{sys.argv[2]}")
