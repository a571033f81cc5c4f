"""peers.py FOLDER: trains XGBoost and scikit-learn's histogram boosting on the float32 tables of FOLDER as spec.json says, and writes
their predictions on the test rows (float64, response scale) to FOLDER/xgboost.bin and FOLDER/sklearn.bin. Prints one JSON object
{"xgboost": seconds, "sklearn": seconds}; a library that lacks the objective is left out. With "clusters" in the spec: scikit-learn's k-means from
FOLDER/centres.bin instead, in float64; prints {"iterations": n, "inertia": x} and writes the labels (float64) to FOLDER/labels.bin."""
import json, os, sys, time

folder = sys.argv[1]
spec = json.load(open(os.path.join(folder, "spec.json")))
os.environ["OMP_NUM_THREADS"] = str(spec["threads"])
import numpy as np
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


def table(name):
    return np.fromfile(os.path.join(folder, name), "<f4").reshape(-1, spec["columns"])


def vector(name):
    path = os.path.join(folder, name)
    return np.fromfile(path, "<f4") if os.path.exists(path) else None


if "clusters" in spec:
    from sklearn.cluster import KMeans

    start = table("centres.bin").astype("<f8")
    fit = KMeans(len(start), init=start, n_init=1, max_iter=spec["iterations"], tol=0, algorithm="lloyd").fit(table("train.bin").astype("<f8"))
    fit.labels_.astype("<f8").tofile(os.path.join(folder, "labels.bin"))
    print(json.dumps({"iterations": int(fit.n_iter_), "inertia": float(fit.inertia_)}))
    sys.exit(0)

X, y, w, T = table("train.bin"), vector("labels.bin"), vector("weights.bin"), table("test.bin")
objective = spec["objective"]
seconds = {}


def keep(name, start, predictions):
    seconds[name] = round(time.time() - start, 3)
    np.asarray(predictions, "<f8").tofile(os.path.join(folder, name + ".bin"))


names = {"logistic": "binary:logistic", "squared": "reg:squarederror", "gamma": "reg:gamma", "tweedie": "reg:tweedie"}
if objective in names and not spec["categorical"]:
    start = time.time()
    parameters = dict(tree_method="hist", grow_policy="lossguide", max_leaves=spec["leaves"], max_depth=0, max_bin=spec["bins"], eta=spec["rate"],
                      objective=names[objective], nthread=spec["threads"], verbosity=0, **{"lambda": spec["l2"]}, min_child_weight=spec["minHessian"],
                      base_score=spec["start"], monotone_constraints="(" + ",".join(map(str, spec["monotone"])) + ")")
    if objective == "tweedie":
        parameters["tweedie_variance_power"] = spec["power"]
    booster = xgboost.train(parameters, xgboost.DMatrix(X, y, weight=w, nthread=spec["threads"]), spec["trees"])
    keep("xgboost", start, booster.inplace_predict(T))

losses = {"logistic": "log_loss", "squared": "squared_error", "poisson": "poisson", "quantile": "quantile"}
if objective in losses:
    start = time.time()
    settings = dict(loss=losses[objective], max_iter=spec["trees"], max_leaf_nodes=spec["leaves"], max_depth=None, learning_rate=spec["rate"], max_bins=spec["bins"],
                    early_stopping=False, min_samples_leaf=spec["minRows"], l2_regularization=spec["l2"], monotonic_cst=spec["monotone"],
                    categorical_features=spec["categorical"] or None, random_state=0)
    if objective == "quantile":
        settings["quantile"] = spec["power"]
    kind = HistGradientBoostingClassifier if objective == "logistic" else HistGradientBoostingRegressor
    model = kind(**settings).fit(X, y, sample_weight=w)
    keep("sklearn", start, model.predict_proba(T)[:, 1] if objective == "logistic" else model.predict(T))

print(json.dumps(seconds))
