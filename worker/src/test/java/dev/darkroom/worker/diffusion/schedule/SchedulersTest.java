package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SchedulersTest {
    private static final Map<String, Object> SD15 = StableDiffusion.settings(Map.of(
            "_class_name",
            "PNDMScheduler",
            "num_train_timesteps",
            1000,
            "set_alpha_to_one",
            false,
            "skip_prk_steps",
            true,
            "steps_offset",
            1,
            "clip_sample",
            false));

    static Stream<Arguments> setups() {
        List<Arguments> setups = new ArrayList<>();
        for (JsonNode setup : ScheduleVectors.cases("setups.json.gz")) {
            setups.add(Arguments.of(setup.get("name").textValue(), setup));
        }
        return setups.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("setups")
    void aCheckpointsSettingsCarryOverAsInFromConfig(String name, JsonNode setup) {
        Map<String, Object> settings = new HashMap<>(ScheduleVectors.settings(setup.get("checkpoint")));
        settings.putAll(ScheduleVectors.settings(setup.get("overrides")));
        int steps = setup.get("steps").intValue();
        Scheduler scheduler = ScheduleVectors.create(setup.get("scheduler").textValue(), settings, steps, 0);
        assertTimesteps(scheduler, setup);
        SigmaAssertions.assertSigmas(scheduler, setup.get("sigmas"));
        float sigma = setup.get("init_noise_sigma").floatValue();
        assertThat(scheduler.initNoiseSigma()).isCloseTo(sigma, within(sigma * 1e-6f));

        settings.put("_class_name", setup.get("scheduler").textValue());
        String ownName = Schedulers.nameOf(settings);
        assertTimesteps(Schedulers.create(ownName, settings, steps), setup);
    }

    private static void assertTimesteps(Scheduler scheduler, JsonNode setup) {
        float[] timesteps = ScheduleVectors.floats(setup.get("timesteps"));
        assertThat(scheduler.steps()).isEqualTo(timesteps.length);
        for (int i = 0; i < timesteps.length; i++) {
            assertThat(scheduler.timestep(i)).isCloseTo(timesteps[i], within(1e-3f));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ddim,DDIM,'',25",
        "euler,Euler,'',25",
        "euler_karras,Euler,Karras,25",
        "dpmpp_2m,DPM++ 2M,'',20",
        "dpmpp_2m_karras,DPM++ 2M,Karras,20",
        "dpmpp_2m_sde_exponential,DPM++ 2M SDE,Exponential,20",
        "ddpm,DDPM,'',50",
        "pndm,PLMS,'',25",
        "euler_a,Euler a,'',25",
        "kdpm2_a_karras,DPM2 a,Karras,25",
        "dpmpp_sde_karras,DPM++ SDE,Karras,20",
        "unipc,UniPC,'',20",
        "lcm,LCM,'',4",
        "tcd,TCD,'',4"
    })
    void aNameHasLabelsAndAUsualNumberOfSteps(String name, String sampler, String spacing, int steps) {
        assertThat(Schedulers.names()).contains(name);
        assertThat(Schedulers.samplerLabel(name)).isEqualTo(sampler);
        assertThat(Schedulers.spacingLabel(name).orElse("")).isEqualTo(spacing);
        assertThat(Schedulers.defaultSteps(name)).isEqualTo(steps);
    }

    @Test
    void theNameDecidesOverTheCheckpoint() {
        Map<String, Object> karras = new HashMap<>(SD15);
        karras.put("use_karras_sigmas", true);
        karras.put("solver_order", 3);
        assertThat(Schedulers.create("euler", karras, 8).timestep(1))
                .isEqualTo(Schedulers.create("euler", SD15, 8).timestep(1));
        assertThat(Schedulers.create("euler_karras", SD15, 8).timestep(1))
                .isNotEqualTo(Schedulers.create("euler", SD15, 8).timestep(1));
        karras.put("_class_name", "DPMSolverMultistepScheduler");
        assertThat(Schedulers.nameOf(karras)).isEqualTo("dpmpp_3m_karras");
    }

    @Test
    void everyNameIsTheNameOfItsOwnSettings() {
        List<String> names = new ArrayList<>();
        for (Sampler sampler : Sampler.values()) {
            List<String> suffixes = new ArrayList<>(List.of(""));
            suffixes.addAll(sampler.suffixes());
            for (String suffix : suffixes) {
                Map<String, Object> settings = new HashMap<>(SD15);
                settings.put("_class_name", sampler.schedulerClass().diffusersName());
                settings.putAll(sampler.settings());
                settings.put("use_karras_sigmas", suffix.equals("_karras"));
                settings.put("use_exponential_sigmas", suffix.equals("_exponential"));
                settings.put("use_beta_sigmas", suffix.equals("_beta"));
                settings.put("use_lu_lambdas", suffix.equals("_lu"));
                assertThat(Schedulers.nameOf(settings)).isEqualTo(sampler.jobName() + suffix);
                names.add(sampler.jobName() + suffix);
            }
        }
        assertThat(Schedulers.names()).isEqualTo(names);
    }

    @ParameterizedTest
    @CsvSource({
        "PNDMScheduler,,pndm",
        "DDIMScheduler,,ddim",
        "EulerDiscreteScheduler,,euler",
        "EulerAncestralDiscreteScheduler,trailing,euler_a",
        "LCMScheduler,,lcm",
        "TCDScheduler,,tcd",
        "UniPCMultistepScheduler,,unipc"
    })
    void theSchedulersThatCheckpointsComeWithHaveNames(String className, String spacing, String name) {
        Map<String, Object> settings = new HashMap<>(SD15);
        settings.put("_class_name", className);
        settings.put("timestep_spacing", spacing);
        assertThat(Schedulers.nameOf(settings)).isEqualTo(name);
        assertThat(Schedulers.create(name, settings, 4).steps()).isEqualTo(name.equals("pndm") ? 5 : 4);
    }

    @Test
    void whatThereIsNotIsRefusedByName() {
        assertThatThrownBy(() -> Schedulers.create("plms", SD15, 20))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("'plms'")
                .hasMessageContaining("ddim");
        assertThatThrownBy(() -> Schedulers.defaultSteps("plms")).hasMessageContaining("'plms'");
        Map<String, Object> other = new HashMap<>(SD15);
        other.put("_class_name", "IPNDMScheduler");
        assertThatThrownBy(() -> Schedulers.nameOf(other))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("IPNDMScheduler")
                .hasMessageContaining("euler");
        assertThatThrownBy(() -> Schedulers.nameOf(Map.of()))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("_class_name");
        assertThatThrownBy(() ->
                        Schedulers.nameOf(Map.of("_class_name", "DPMSolverMultistepScheduler", "solver_order", 1)))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("solver_order 1");
    }

    @ParameterizedTest
    @CsvSource({"EDMEulerScheduler", "FlowMatchEulerDiscreteScheduler"})
    void aModelOfAnotherNoiseProcessIsRefused(String className) {
        Map<String, Object> settings = new HashMap<>(SD15);
        settings.put("_class_name", className);
        assertThatThrownBy(() -> Schedulers.create("euler", settings, 20))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining(className);
    }

    @ParameterizedTest
    @CsvSource({
        "dpmpp_2m,use_flow_sigmas,true",
        "dpmpp_2m,use_dynamic_shifting,true",
        "dpmpp_2m,variance_type,learned_range",
        "dpmpp_2m,solver_type,rk4",
        "euler,timestep_type,continuous",
        "euler,interpolation_type,log_linear",
        "ddim,prediction_type,flow_prediction",
        "ddim,beta_schedule,sigmoid",
        "euler,timestep_spacing,random",
        "dpmpp_2m,final_sigmas_type,one",
        "dpmpp_2m_sde,solver_type,rk4",
        "dpmpp_2s,use_flow_sigmas,true",
        "deis,use_dynamic_shifting,true",
        "deis,algorithm_type,sde-dpmsolver++",
        "unipc,predict_x0,false",
        "unipc,shift_terminal,0.1",
        "unipc,solver_p,DDIMScheduler",
        "ddpm,variance_type,learned",
        "ddpm,variance_type,fixed_large_log",
        "ddpm,beta_schedule,laplace"
    })
    void aSettingThatThereIsNoCodeForIsRefusedByName(String name, String key, String value) {
        Map<String, Object> settings = new HashMap<>(SD15);
        settings.put(key, List.of("true", "false").contains(value) ? (Object) Boolean.valueOf(value) : value);
        assertThatThrownBy(() -> Schedulers.create(name, settings, 20))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining(key);
    }

    @Test
    void aSettingOfAnotherClassChangesNothing() {
        Map<String, Object> settings = new HashMap<>(SD15);
        settings.put("use_flow_sigmas", true);
        settings.put("variance_type", "learned");
        settings.put("timestep_type", "continuous");
        settings.put("algorithm_type", "nothing");
        assertThat(Schedulers.create("ddim", settings, 20).timestep(0)).isEqualTo(951f);
    }

    @ParameterizedTest
    @CsvSource({"beta_start", "prediction_type", "clip_sample", "trained_betas", "num_train_timesteps"})
    void aValueOfTheWrongTypeIsRefusedByName(String key) {
        Map<String, Object> settings = new HashMap<>(SD15);
        settings.put("_class_name", "DDIMScheduler");
        settings.put(key, Map.of("a", 1));
        assertThatThrownBy(() -> SchedulerConfig.of(settings))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining(key);
    }

    /** As diffusers' {@code from_config} reads what was written for the other class. */
    @ParameterizedTest
    @CsvSource({
        "DEISMultistepScheduler,deis",
        "DEISMultistepScheduler,dpmsolver++",
        "DEISMultistepScheduler,dpmsolver",
        "DPMSolverMultistepScheduler,deis",
        "DPMSolverMultistepScheduler,dpmsolver++",
        "DPMSolverSinglestepScheduler,deis"
    })
    void solversWithoutNoiseStandForOneAnother(String className, String algorithm) {
        SchedulerConfig config = SchedulerConfig.of(Map.of("_class_name", className, "algorithm_type", algorithm));
        assertThat(config.algorithmType()).isEqualTo(SchedulerConfig.AlgorithmType.DPMSOLVER_PLUS_PLUS);
    }

    @ParameterizedTest
    @CsvSource({
        "DPMSolverMultistepScheduler,dpmsolver",
        "DPMSolverSinglestepScheduler,sde-dpmsolver++",
        "DEISMultistepScheduler,sde-dpmsolver++"
    })
    void anAlgorithmOfAnotherClassIsRefusedByName(String className, String algorithm) {
        assertThatThrownBy(() -> SchedulerConfig.of(Map.of("_class_name", className, "algorithm_type", algorithm)))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessage(
                        "The scheduler setting algorithm_type '" + algorithm + "' is not supported with " + className);
    }

    @Test
    void otherProgramsHaveTheirOwnNamesForMost() {
        assertThat(Sampler.PNDM.a1111Name()).hasValue("PLMS");
        assertThat(Sampler.PNDM.comfyUiName()).isEmpty();
        assertThat(Sampler.DDPM.a1111Name()).isEmpty();
        assertThat(Sampler.DDPM.comfyUiName()).hasValue("ddpm");
        assertThat(Schedulers.spacingLabel("dpmpp_2m_beta")).hasValue("Beta");
        assertThat(Schedulers.spacingLabel("dpmpp_2m_lu")).hasValue("Lu");
    }

    @Test
    void onlyOneSpacingOfSigmasIsPossible() {
        assertThatThrownBy(() -> SchedulerConfig.of(Map.of(
                        "_class_name", "EulerDiscreteScheduler", "use_karras_sigmas", true, "use_beta_sigmas", true)))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("Only one");
    }

    @Test
    void defaultsAreThoseOfTheClass() {
        SchedulerConfig ddim = SchedulerConfig.of(Map.of("_class_name", "DDIMScheduler"));
        assertThat(ddim.timestepSpacing()).isEqualTo(SchedulerConfig.TimestepSpacing.LEADING);
        assertThat(ddim.clipSample()).isTrue();
        assertThat(ddim.setAlphaToOne()).isTrue();
        assertThat(ddim.betaStart()).isEqualTo(0.0001);
        assertThat(ddim.betaEnd()).isEqualTo(0.02);
        SchedulerConfig dpm = SchedulerConfig.of(Map.of("_class_name", "DPMSolverMultistepScheduler"));
        assertThat(dpm.timestepSpacing()).isEqualTo(SchedulerConfig.TimestepSpacing.LINSPACE);
        assertThat(dpm.solverOrder()).isEqualTo(2);
        assertThat(dpm.lowerOrderFinal()).isTrue();
        SchedulerConfig single = SchedulerConfig.of(Map.of("_class_name", "DPMSolverSinglestepScheduler"));
        assertThat(single.lowerOrderFinal()).isFalse();
        SchedulerConfig lcm = SchedulerConfig.of(Map.of("_class_name", "LCMScheduler"));
        assertThat(lcm.betaEnd()).isEqualTo(0.012);
        assertThat(lcm.betaSchedule()).isEqualTo(SchedulerConfig.BetaSchedule.SCALED_LINEAR);
        assertThat(lcm.clipSample()).isFalse();
        assertThat(lcm.originalInferenceSteps()).isEqualTo(50);
    }
}
