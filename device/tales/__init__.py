"""Stories: the model, its readers, and the score a telling follows. Pure."""
