//! What the tokens of a thread cost, by the prices in the settings: each request at the price of the model it went to.

use std::collections::BTreeMap;

use codex_config::schema::PricesToml;
use codex_protocol::TokenUsage;

/// The sum so far.
#[derive(Clone, Debug, Default)]
pub struct Cost {
    prices: BTreeMap<String, PricesToml>,
    /// Tokens times the millionths that a million of them cost.
    sum: u128,
    /// Tokens of models without a price.
    unpriced: i64,
    seen: TokenUsage,
}

impl Cost {
    /// Nothing was used.
    pub fn new(prices: BTreeMap<String, PricesToml>) -> Self {
        Self { prices, ..Self::default() }
    }

    /// The same prices, nothing used.
    pub(super) fn fresh(&self) -> Self {
        Self::new(self.prices.clone())
    }

    /// The counts of the thread are these now, and what is new went to this model.
    pub(super) fn count(&mut self, model: &str, total: &TokenUsage) {
        let seen = std::mem::replace(&mut self.seen, *total);
        let more = |now: i64, before: i64| u128::try_from(now.saturating_sub(before)).unwrap_or(0);
        let cached = more(total.cached_input_tokens, seen.cached_input_tokens);
        let input = more(total.input_tokens, seen.input_tokens).saturating_sub(cached);
        let output = more(total.output_tokens, seen.output_tokens);
        match self.prices.get(model) {
            Some(prices) => {
                let price = |price: codex_config::schema::Price| u128::from(price.millionths());
                let cached_price = prices.cached_input.unwrap_or(prices.input);
                self.sum += input * price(prices.input) + cached * price(cached_price) + output * price(prices.output);
            }
            None => self.unpriced = self.unpriced.saturating_add(i64::try_from(input + cached + output).unwrap_or(i64::MAX)),
        }
    }

    /// The sum in words; `None` where no model has a price.
    pub fn in_words(&self) -> Option<String> {
        if self.prices.is_empty() {
            return None;
        }
        // Ten-thousandths, rounded.
        let parts = (self.sum + 50_000_000) / 100_000_000;
        let (whole, rest) = (parts / 10_000, parts % 10_000);
        Some(if whole > 0 { format!("{whole}.{:02}", rest / 100) } else { format!("0.{rest:04}") })
    }

    /// Tokens that went to models without a price.
    pub fn unpriced(&self) -> i64 {
        self.unpriced
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn prices() -> BTreeMap<String, PricesToml> {
        toml::from_str("a = { input = 1.25, cached_input = 0.125, output = 10 }\nb = { input = 2, output = 4 }").unwrap()
    }

    fn usage(input: i64, cached: i64, output: i64) -> TokenUsage {
        TokenUsage {
            input_tokens: input,
            cached_input_tokens: cached,
            output_tokens: output,
            reasoning_output_tokens: 0,
            total_tokens: input + output,
        }
    }

    #[test]
    fn each_request_is_counted_once_at_the_price_of_its_model() {
        let mut cost = Cost::new(prices());
        cost.count("a", &usage(1_000_000, 400_000, 100_000));
        // 600,000 at 1.25, 400,000 at 0.125, 100,000 at 10.
        assert_eq!(cost.in_words().unwrap(), "1.80");
        cost.count("a", &usage(1_000_000, 400_000, 100_000));
        assert_eq!(cost.in_words().unwrap(), "1.80");
        cost.count("b", &usage(1_500_000, 400_000, 100_000));
        assert_eq!(cost.in_words().unwrap(), "2.80");
        cost.count("c", &usage(1_500_000, 400_000, 100_007));
        assert_eq!((cost.in_words().unwrap().as_str(), cost.unpriced()), ("2.80", 7));
    }

    #[test]
    fn small_sums_have_four_digits_and_no_price_is_no_sum() {
        let mut cost = Cost::new(prices());
        cost.count("b", &usage(600, 0, 0));
        assert_eq!(cost.in_words().unwrap(), "0.0012");
        assert_eq!(Cost::default().in_words(), None);
    }
}
