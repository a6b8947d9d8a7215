"""test_images.py: the configs of share/ for images, shortened: they learn, and the same run gives the same bits in another process."""
from harness import Example, main


class Images(Example):
    def learn(self, ini, *changes):
        self.f.edit(f"share/{ini}", *changes)
        self.f.sweep(f"share/{ini}", f"{ini}.db")
        found = {}
        for run_id, r in self.f.results(f"{ini}.db").items():
            h = self.f.history(f"{ini}.db", run_id)
            self.assertLess(h["train_loss"][-1], h["train_loss"][0], r["pipeline"])
            found[r["pipeline"].split(" | ")[-1].split("(")[0]] = h
        return found

    def test_digits(self):
        """Full training (20 epochs): the convolutional network reaches more than 98 %, the perceptron more than 95 %."""
        h = self.learn("digits_cnn.ini", ("epochs = 20", "epochs = 5"), ("multiplicity = 2", "multiplicity = 1"))
        self.assertEqual(set(h), {"cnn_small", "classifier"})
        self.assertGreater(h["cnn_small"]["test_acc"][-1], 95)
        self.assertGreater(h["classifier"]["test_acc"][-1], 88)

    def test_lenet(self):
        """Full training (8 epochs) reaches more than 90 %."""
        h = self.learn("lenet.ini", ("epochs = 8", "epochs = 4"), ("multiplicity = 2", "multiplicity = 1"))
        self.assertEqual(set(h), {"lenet5", "cnn_small"})
        for network in h.values():
            self.assertGreater(network["test_acc"][-1], 60)

    def test_resnet(self):
        h = self.learn("resnet.ini", ("epochs = 6", "epochs = 2"), ("data_size = 3000", "data_size = 320"), ("filters = 16", "filters = 4"), ("blocks = 1, 2", "blocks = 1"),
                       ("size = 32\nchannels", "size = 16\nchannels"))
        self.assertGreater(h["resnet"]["train_acc"][-1], 20)

    def test_autoencoder(self):
        h = self.learn("autoencoder.ini", ("epochs = 10", "epochs = 5"), ("data_size = 3000", "data_size = 900"), ("code = 8, 32", "code = 32"))
        self.assertLess(h["autoencoder"]["test_loss"][-1], 0.75 * h["autoencoder"]["test_loss"][0])


if __name__ == "__main__":
    main()
