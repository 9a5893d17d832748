mod amend;
mod broken_acme;
mod hostile;
mod load;
mod problems;
mod resolve;
mod settings;
mod shelf;
