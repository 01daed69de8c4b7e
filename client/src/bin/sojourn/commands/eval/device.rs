//! Where numbers are computed.

/// Where to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    /// Wherever it is fastest.
    Auto,
    /// On the CPU.
    Cpu,
    /// On this GPU.
    Cuda(u32),
}

impl Device {
    /// Reads what is typed.
    pub(super) fn parse(text: &str) -> Result<Device, String> {
        let number = |text: &str| text.parse().ok().map(Device::Cuda);
        match text {
            "auto" => Some(Device::Auto),
            "cpu" => Some(Device::Cpu),
            "cuda" => Some(Device::Cuda(0)),
            _ => text.strip_prefix("cuda:").and_then(number),
        }
        .ok_or_else(|| "auto, cpu or cuda:N expected".to_owned())
    }

    /// Whether it is a GPU asked for by name.
    pub(crate) fn is_cuda(self) -> bool {
        matches!(self, Device::Cuda(_))
    }
}
