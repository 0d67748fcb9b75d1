"""Real images: what unlabelled digits buy a class-conditional generator.

Aims
    Measure joint W1 to held-out images, the accuracy of a reference classifier on generated images and the distance
    of generated images to the nearest held-out one, as the number m of unlabelled images grows.
Data-generating mechanism
    Random splits of scikit-learn's 1,797 digits (8 x 8 pixels in [0, 1]): 500 test images, pairs and unlabelled images
    from the rest. Labels are further apart than any two images, so that joint W1 is the sum of the class-wise W1
    weighted by class proportions (docs/theory.md, A4).
Estimands
    Joint W1, accuracy, distance to the nearest test image; conditional on this data set.
Methods
    LSDM with an eight-dimensional autoencoder and, as other paired-only competitors, principal components and the
    ambient space, with one matcher and one stopping rule.
Performance measures
    Differences over splits with the Nadeau-Bengio correction, since splits overlap; real images of the same labels
    as the floor.
"""

from lsdm_stats import LSDM, PCA, Autoencoder, Comparison, Digits, EnergyScore, Identity, JointW1, Study
from lsdm_stats.metrics import ClassifierAccuracy, Examples, NearestResponse, RealFloor
