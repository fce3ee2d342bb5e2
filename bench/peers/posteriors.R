#!/usr/bin/Rscript
# What bench/bench_posteriors measures, by Stan (Debian's r-cran-rstan): processor time of its chains as Stan itself tells
# it, warm-up included, compiling apart, by the least effective sample size (of the bulk, r-cran-posterior). Takes the
# options of Google Benchmark that tools/bench gives, and answers in its JSON. Compiled models are kept in the directory
# GENET_STAN_CACHE.
suppressMessages(library(rstan))
Sys.setenv(CPATH = "/usr/include/eigen3")
rstan_options(boost_lib = "/usr/include")

option <- function(name, usual) {
  given <- grep(paste0("^--benchmark_", name, "="), commandArgs(TRUE), value = TRUE)
  if (length(given)) sub("^[^=]*=", "", given[1]) else usual
}
seconds <- as.numeric(option("min_time", "0.3"))
pattern <- option("filter", ".")
cache <- Sys.getenv("GENET_STAN_CACHE", tempdir())

compiled <- function(name, code) {
  file <- file.path(cache, paste0(name, "_", as.character(packageVersion("rstan")), ".rds"))
  if (file.exists(file)) return(readRDS(file))
  dir.create(cache, showWarnings = FALSE, recursive = TRUE)
  invisible(capture.output(m <- stan_model(model_code = code, save_dso = TRUE)))
  saveRDS(m, file)
  m
}

schools <- "
data { int J; vector[J] y; vector[J] sigma; }
parameters { real mu; real<lower=0> tau; vector[J] eta; }
model {
  mu ~ normal(0, 5);
  tau ~ cauchy(0, 5);
  eta ~ std_normal();
  y ~ normal(mu + tau * eta, sigma);
}"
# Its likelihood in the form whose gradient Stan has by hand.
regression <- "
data { int N; int K; matrix[N, K] x; vector[N] y; }
parameters { vector[K] b; real<lower=0> sigma; }
model {
  b ~ normal(0, 10);
  sigma ~ normal(0, 10);
  y ~ normal_id_glm(x, 0, b, sigma);
}"

noise <- function(i, k) {
  v <- sin(12.9898 * i + 78.233 * k) * 43758.5453
  (v - floor(v) - 0.5) * sqrt(12)
}
rows <- function(n = 500, predictors = 19) {
  x <- matrix(0, n, predictors)
  before <- 0
  for (k in 1:predictors) x[, k] <- before <- 0.5 * before + noise(1:n, k)
  list(N = n, K = predictors, x = x, y = as.vector(x %*% (1:predictors / 10 - 1)) + 2 * noise(1:n, 0))
}

benchmark <- function(name, code, data, target) {
  if (!grepl(pattern, name)) return(NULL)
  model <- compiled(name, code)
  cost <- c()
  spent <- 0
  seed <- 0
  while (spent < seconds || seed == 0) {
    seed <- seed + 1
    fit <- sampling(model, data = data, chains = 4, cores = 1, warmup = 1000, iter = 5000, seed = seed, refresh = 0,
                    control = list(adapt_delta = target))
    time <- sum(get_elapsed_time(fit))
    draws <- as.array(fit)[, , names(fit) != "lp__", drop = FALSE]
    cost <- c(cost, time / min(apply(draws, 3, posterior::ess_bulk)))
    gradients <- sum(sapply(get_sampler_params(fit, inc_warmup = FALSE), function(p) sum(p[, "n_leapfrog__"])))
    spent <- spent + time
  }
  cost <- sort(1e6 * cost)
  sprintf('{"name": "%s", "p10_us": %.6g, "median_us": %.6g, "gradients": %.0f, "mean": %.6g}', name,
          cost[1 + round(0.1 * (length(cost) - 1))], cost[1 + length(cost) %/% 2], gradients, mean(draws[, , 1]))
}

found <- c(benchmark("eight_schools", schools,
                     list(J = 8, y = c(28, 8, -3, 7, -1, 1, 18, 12), sigma = c(15, 10, 16, 11, 9, 11, 10, 18)), 0.95),
           benchmark("regression", regression, rows(), 0.8))
cat('{"benchmarks": [', paste(found, collapse = ",\n"), "]}\n")
