#!/usr/bin/env python3
"""Levenberg-Marquardt: fits a curve to SciPy's optimum, trains networks in a handful of epochs, undoes what lowers nothing; and what it refuses.

usage: run_levenberg.py MOSAICC SOURCE_DIR WORK_DIR"""
import csv
import os
import subprocess
import sys

from trainings import build, check_bits, configure, model_of, mosaicc, numbers, source, train, work

# scipy.optimize.least_squares(method="lm", ftol=1e-15, xtol=1e-15, gtol=1e-15), by golden_fit.py
OPTIMUM = {0.0: (2.5, 1.3, 0.5), 0.1: (2.484830562164896, 1.2476088044647948, 0.47987388609082837)}
LM = "optimizer = LevenbergMarquardt"
wrong = []


def check(what, good):
    if not good:
        wrong.append(what)


def history(folder):
    with open(os.path.join(folder, "history_1.csv"), newline="") as f:
        return [float(row["test_loss"]) for row in csv.DictReader(f)]


def trained(name, **values):
    folder = os.path.join(work, name)
    train(build(folder, **values), os.path.join(folder, "out"))
    return history(os.path.join(folder, "out")), model_of(os.path.join(folder, "out"))


def fits():
    for noise, wanted in OPTIMUM.items():
        for batch in (30,):
            _, model = trained(f"fit_{noise}", process=LM, data="decay", model="fit", batch_size=batch, more=f"noise = {noise}", epochs=12)
            got = [numbers(model[name])[0] for name in ("height", "rate", "level")]
            check(f"noise {noise}: {got}, wanted {wanted}", all(abs(g - w) < 1e-7 for g, w in zip(got, wanted)))
    losses, model = trained("fit_float32", process=LM, data="decay", model="fit", batch_size=30, more="noise = 0.1", epochs=12, precision="float32")
    got = [numbers(model[name])[0] for name in ("height", "rate", "level")]
    check(f"float32: {got}", all(abs(g - w) < 2e-3 for g, w in zip(got, OPTIMUM[0.1])))


def networks():
    losses, _ = trained("net", process=LM, batch_size=40, epochs=15)
    check(f"net: {losses}", losses[-1] < 1e-4)
    folder = os.path.join(work, "monotonous")
    train(build(folder, process=LM, data="decay", model="fit", batch_size=30, more="noise = 0.1", epochs=40), os.path.join(folder, "out"))
    losses = history(os.path.join(folder, "out"))              # test and train data are the same
    check(f"the loss rises: {losses}", all(b <= a * (1 + 1e-15) for a, b in zip(losses, losses[1:])))


def tutorial():
    folder = os.path.join(work, "tutorial")
    configure(folder)
    with open(os.path.join(source, "share", "config.ini")) as f:
        text = f.read().replace("lr = 1e-2\n", LM + "\n").replace("epochs = 400", "epochs = 30").replace("batch_size = 1\n", "batch_size = 40\n")
    text = text.replace("share/", os.path.join(source, "share", "")).replace("length = 4", "length = 1").replace("multiplicity = 4", "multiplicity = 1")
    with open(os.path.join(folder, "config.ini"), "w") as f:
        f.write(text)
    subprocess.run([mosaicc, "--quiet", "config.ini"], cwd=folder, check=True)
    made = os.path.join(folder, "generated", "config")
    programs = [d for d in sorted(os.listdir(made)) if os.path.exists(os.path.join(made, d, "trainer"))]
    for program in programs:
        train(os.path.join(made, program, "trainer"), os.path.join(folder, program))
        losses = history(os.path.join(folder, program))
        check(f"tutorial, {program}: {losses}", losses[-1] < 1e-4)
    check("no program of the tutorial", programs)


def refused(name, wanted, **values):
    folder = os.path.join(work, "refused_" + name)
    configure(folder, **values)
    run = subprocess.run([mosaicc, "--quiet", "--no-build", "config.ini"], cwd=folder, capture_output=True, text=True)
    if run.returncode != 1 or wanted not in run.stderr + run.stdout:
        wrong.append(f"{name}: exit {run.returncode}, wanted\n{wanted}\ngot\n{run.stderr}{run.stdout}")


def swept():
    """Beside others that read what it does not, the keys stay."""
    folder = os.path.join(work, "swept")
    configure(folder, process="optimizer = Adam, LevenbergMarquardt, LBFGS\nlr = 1e-2\nclip_grad_norm = 1\naccumulate = 2\nema_decay = 0.5")
    subprocess.run([mosaicc, "--quiet", "config.ini"], cwd=folder, check=True)
    made = os.path.join(folder, "generated", "config")
    programs = [d for d in sorted(os.listdir(made)) if os.path.exists(os.path.join(made, d, "trainer"))]
    check(f"three optimisers made {programs}", len(programs) == 3)
    for program in programs:
        train(os.path.join(made, program, "trainer"), os.path.join(folder, program))


swept()
fits()
networks()
tutorial()
wrong += check_bits("levenberg", {"config": LM, "precision": "float32", "batch_size": 16, "model": "net"}, os.path.join(work, "levenberg"))
refused("loss", """config.ini:3:13: error: LevenbergMarquardt needs a sum of squares: loss_function = MSELoss, not L1Loss
  optimizer = LevenbergMarquardt
              ^""", process=LM + "\nloss_function = L1Loss")
refused("large", "large(): LevenbergMarquardt solves for all parameters at once: at most 1000, this network has 4001", process=LM, model="large")
refused("swept_loss", "LevenbergMarquardt needs a sum of squares: MSELoss, not L1Loss", process=LM + "\nloss_function = MSELoss, L1Loss")
refused("batch_norm", "error: the loss: LevenbergMarquardt needs the derivative of each sample alone, but this takes the samples of a batch together", process=LM, model="normed")
refused("dropout", "error: the loss: LevenbergMarquardt looks at a batch several times, but this draws random numbers", process=LM, model="dropped")
refused("groups", "error: points(8,False) | grouped(): LBFGS has no parameter groups", process="optimizer = LBFGS", model="grouped")
refused("clip", "config.ini:4:18: error: 'clip_grad_norm' has no effect: optimizer is LBFGS", process="optimizer = LBFGS\nclip_grad_norm = 1")
refused("accumulate", "config.ini:4:14: error: 'accumulate' has no effect: optimizer is LevenbergMarquardt", process=LM + "\naccumulate = 2")
refused("lr", "config.ini:4:6: error: 'lr' has no effect: optimizer is LevenbergMarquardt", process=LM + "\nlr = 1e-3")
refused("scheduler", "config.ini:4:13: error: 'scheduler' has no effect: optimizer is LevenbergMarquardt", process=LM + "\nscheduler = StepLR")
print("\n".join(wrong + [f"Levenberg-Marquardt: {len(wrong)} wrong"]))
sys.exit(1 if wrong else 0)
